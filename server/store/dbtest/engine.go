package dbtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
)

// engine is an installed database server.
type engine struct {
	name      string
	program   string   // starts the server
	first     []string // options that must come first
	initTool  string   // makes the system tables
	initFlags []string
}

// rootOverTCP lets root in from loopback without a password; the socket file's root is no use to a Go driver.
const rootOverTCP = "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';\n" +
	"GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n"

func findEngine(name string) (engine, error) {
	switch name {
	case MariaDB:
		program, err := findProgram("mariadbd", "/usr/sbin/mariadbd")
		if err != nil {
			return engine{}, err
		}
		tool, err := findProgram("mariadb-install-db", "/usr/bin/mariadb-install-db")
		return engine{name: name, program: program, first: []string{"--no-defaults"}, initTool: tool,
			initFlags: []string{"--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"}}, err
	case MySQL:
		// The launcher that .ci/databases makes says --no-defaults itself.
		program, err := findProgram(os.Getenv("BYLAW_TEST_MYSQLD"), "")
		return engine{name: name, program: program, first: []string{"--mysqlx=OFF"}, initTool: program,
			initFlags: []string{"--initialize-insecure"}}, err
	}
	return engine{}, fmt.Errorf("there is no server engine %q; there are %s and %s", name, MariaDB, MySQL)
}

func findProgram(name, otherwise string) (string, error) {
	for _, candidate := range []string{name, otherwise} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("database server %q is not installed; run the test with: bash .ci/databases go test", name)
}

// prepare fills a new data folder.
func (e engine) prepare(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, "init.sql"), []byte(rootOverTCP), 0o644); err != nil {
		return err
	}
	flags := append(e.initFlags, "--datadir="+filepath.Join(dir, "data"), "--user="+serverUser())
	if out, err := exec.Command(e.initTool, flags...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w:\n%s", e.initTool, err, out)
	}
	return nil
}

func (e engine) command(dir string, port int) *exec.Cmd {
	flags := append(append(e.first, userFlags()...),
		"--datadir="+filepath.Join(dir, "data"),
		"--bind-address=127.0.0.1", "--port="+strconv.Itoa(port), "--skip-name-resolve",
		"--socket="+filepath.Join(dir, "s"), "--pid-file="+filepath.Join(dir, "pid"),
		"--init-file="+filepath.Join(dir, "init.sql"),
		"--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=64M", "--performance-schema=OFF", "--skip-log-bin")
	return exec.Command(e.program, flags...)
}

// serverUser is whom the server runs as: both engines refuse to be root.
func serverUser() string {
	if os.Getuid() != 0 {
		if me, err := user.Current(); err == nil {
			return me.Username
		}
	}
	if _, err := user.Lookup("mysql"); err == nil {
		return "mysql"
	}
	return "nobody"
}

// privateFolder is a temporary folder that serverUser owns; T.TempDir is closed to everybody but the test's own user.
func privateFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bylaw-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if os.Getuid() != 0 {
		return dir
	}
	owner, err := user.Lookup(serverUser())
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid) // numbers on every system that has a root
	gid, _ := strconv.Atoi(owner.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return dir
}
