package store

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// opener opens one kind of database into a store.
type opener interface{ open(s *Store) error }

// parseAddress reads the setting "database".
func parseAddress(address string) (opener, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		if path == "" || path == ":memory:" {
			return nil, badAddress("sqlite: needs the path of a file, as in sqlite:bylaw-data/bylaw.db")
		}
		return sqliteFile{path: path}, nil
	}
	u, err := url.Parse(address)
	if err != nil { // the error would show the password
		return nil, badAddress("it is not a URL; write mysql://user:password@host:3306/name and percent-encode what is special in the password")
	}
	if u.Scheme != "mysql" {
		return nil, badAddress("it must begin with sqlite: or mysql://")
	}
	return mysqlAddress(u)
}

func mysqlAddress(u *url.URL) (opener, error) {
	server := mysqlServer{user: u.User.Username(), host: u.Host, name: strings.Trim(u.Path, "/")}
	server.password, _ = u.User.Password()
	if u.Hostname() == "" || server.name == "" || server.user == "" {
		return nil, badAddress("it needs a user, a host and a database name: mysql://user:password@host:3306/name")
	}
	if u.Port() == "" {
		server.host += ":3306"
	}
	for key, values := range u.Query() {
		if err := server.set(key, values[len(values)-1]); err != nil {
			return nil, err
		}
	}
	return server, nil
}

// forced are the flags that Bylaw sets itself, and what would break otherwise.
var forced = map[string]string{
	"clientFoundRows":   "a duplicate would be counted as new",
	"collation":         "keys would be compared by letters, not by bytes",
	"charset":           "text outside the BMP would be lost",
	"parseTime":         "times are integers here",
	"loc":               "times are integers here",
	"multiStatements":   "one statement at a time is what keeps injections out",
	"interpolateParams": "it is chosen per statement here",
	"rejectReadOnly":    "a fail-over would leave writers on the old primary",
	"columnsWithAlias":  "columns would change their names",
}

func (m *mysqlServer) set(key, value string) (err error) {
	if because, is := forced[key]; is {
		return badAddress("?" + key + "= cannot be set: " + because + "; leave it out")
	}
	switch key {
	case "tls":
		m.tls = value
	case "timeout":
		m.timeout, err = time.ParseDuration(value)
	case "readTimeout":
		m.readTimeout, err = time.ParseDuration(value)
	case "writeTimeout":
		m.writeTimeout, err = time.ParseDuration(value)
	default:
		return badAddress("?" + key + "= is not known; there are tls, timeout, readTimeout and writeTimeout")
	}
	if err != nil {
		return badAddress(fmt.Sprintf("?%s=%s is not a duration such as 30s", key, value))
	}
	return nil
}

func badAddress(why string) error {
	return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{
		En: "the setting database is wrong: " + why,
		Zh: "数据库设置（database）有误：" + why}}
}
