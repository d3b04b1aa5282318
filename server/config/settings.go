package config

import (
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"
)

// Settings are the values in force. Fields with a koanf tag are the settings of
// that name, see Table.
type Settings struct {
	Listen                string        `koanf:"listen"`
	DataDir               string        `koanf:"data-dir"`
	Database              string        `koanf:"database"` // never empty
	BasePath              string        `koanf:"base-path"`
	PublicURL             string        `koanf:"public-url"`
	TrustedProxies        []string      `koanf:"trusted-proxies"`
	InsecureHTTP          bool          `koanf:"insecure-http"`
	AllowPrivateAddresses bool          `koanf:"allow-private-addresses"`
	MetricsListen         string        `koanf:"metrics-listen"`
	LogLevel              string        `koanf:"log-level"`
	LogFormat             string        `koanf:"log-format"`
	SecretKey             string        `koanf:"secret-key"`
	Demo                  bool          `koanf:"demo"`
	RateLimit             int           `koanf:"rate-limit"`
	RateBurst             int           `koanf:"rate-burst"`
	MaxWorkspaces         int           `koanf:"max-workspaces"`
	CacheMembers          int           `koanf:"cache-members"`
	PluginEnv             []string      `koanf:"plugin-env"`
	DrainTimeout          time.Duration `koanf:"drain-timeout"`
	PublishPatience       time.Duration `koanf:"publish-patience"`
}

// finish fills in what depends on other settings.
func (s *Settings) finish() {
	if s.Database == "" {
		s.Database = "sqlite:" + filepath.Join(s.DataDir, "bylaw.db")
	}
	if s.BasePath == "/" {
		s.BasePath = ""
	}
	s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
}

// Proxies are the networks of TrustedProxies.
func (s *Settings) Proxies() []netip.Prefix {
	var all []netip.Prefix
	for _, one := range s.TrustedProxies {
		if p, err := parseNetwork(one); err == nil { // checked when it was read
			all = append(all, p)
		}
	}
	return all
}

// SQLitePath is the database's file, "" when it is on a server.
func (s *Settings) SQLitePath() string {
	path, _ := strings.CutPrefix(s.Database, "sqlite:")
	if path == s.Database {
		return ""
	}
	return path
}

// Origin is the address that links begin with: the public one, or http at the
// address listened on.
func (s *Settings) Origin() string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return "http://" + s.Listen
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + s.BasePath
}

// HTTPS is whether people reach the server by https.
func (s *Settings) HTTPS() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// Loopback is whether an address host:port can only be reached from this machine.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
