package app

import (
	"strings"
	"testing"
)

// The dependency rules of Bylaw. Keys are folders of this module; the longest one that holds a package is its rule.
// A folder ending in /* stands for each folder in it alone: its neighbours are strangers to it.
//
// A new folder, or a new arrow, is a decision: it is made here, with its reason.

// anything may be imported by the shell's outermost parts, where everything is put together.
var anything = []string{"engine", "rules", "plugins", "admin", "server"}

// mayImport says which folders of ours a package may import, beside those below itself.
var mayImport = map[string][]string{
	"engine":             {},         // nouns must outlive every library and every caller
	"rules":              {"engine"}, // the same facts must give the same decision next year
	"plugins":            {},
	"plugins/channelpb":  {},                                             // the wire contract, generated
	"plugins/sdk":        {"plugins/channelpb"},                          // an author must not compile our server
	"plugins/channels":   {"plugins/sdk", "plugins/channels"},            // at most a list of the bundled ones
	"plugins/channels/*": {"plugins/sdk"},                                // bundled plugins prove that strangers' can work
	"plugins/scaffold":   {"plugins/host"},                               // what it packs is what the host installs
	"plugins/host":       {"engine", "plugins/sdk", "plugins/channelpb"}, // turns messages into calls, knows no reasons
	"admin":              {},                                             // the console has no power that the API lacks
	"server/config":      {"engine/spelling"},                            // settings are values; who reads them comes later
	"server/auth":        {"engine"},
	"server/store":       {"engine"},                                                                       // keeps what the operator wrote, not what a compiler made of it
	"server/service":     {"engine", "rules"},                                                              // what operators do, above any table or transport
	"server/api":         {"engine", "rules", "server/auth", "server/service", "server/sheet"},             // a handler that can reach a table of the database will; a report may be asked for as a sheet
	"server/jobs":        {"engine"},                                                                       // works whatever it is given a handler for
	"server/transfer":    {"engine", "server/api/ingest", "server/jobs", "server/service", "server/sheet"}, // an imported event passes the checks of one that was sent
	"server/sheet":       {"engine"},                                                                       // reads and writes tables, knows no community
	"server/demo":        {"engine", "rules"},                                                              // a story, told through the doors that everybody's events take
	"server/app":         anything,                                                                         // the one wiring function
	"server":             anything,                                                                         // main, the command line, the bench
}

// onlyImportedBy closes a package to all but the folders named; a name with a dot before it means just that folder.
var onlyImportedBy = map[string][]string{
	"server/app":    {".server", "server/cli", "server/commands", "server/bench"}, // wiring is the end of every chain
	"server/config": {".server", "server/app", "server/cli", "server/commands"},   // parts are given values, not the whole drawer
}

// owners names the only folders that may import a library: one folder to change per library.
var owners = map[string][]string{
	"github.com/expr-lang/expr":      {"rules"},
	"go.yaml.in/yaml":                {"rules", "server/config"},
	"gopkg.in/yaml.v3":               {}, // its successor is go.yaml.in/yaml
	"gorm.io":                        {"server/store"},
	"github.com/pressly/goose":       {"server/store"},
	"github.com/go-sql-driver/mysql": {"server/store", "server/bench"},
	"modernc.org/sqlite":             {"server/store", "server/bench"},
	"database/sql":                   {"server/store", "server/bench"},
	"github.com/labstack/echo":       {"server/api"},
	"github.com/getkin/kin-openapi":  {"server/api"},
	"github.com/pmezard/go-difflib":  {"server/service"},
	"github.com/oapi-codegen":        {"server/api"},
	"github.com/knadh/koanf":         {"server/config"},
	"github.com/xuri/excelize":       {"server/sheet"},
	"github.com/spf13/cobra":         {".server", "server/cli", "server/commands"},
	"github.com/hashicorp/go-plugin": {"plugins"},
	"google.golang.org/grpc":         {"plugins"},
	"google.golang.org/protobuf":     {"plugins"},
	"github.com/wneessen/go-mail":    {"plugins/channels"},
	"github.com/standard-webhooks":   {"plugins/channels", "plugins/sdk"},
	"github.com/pingcap/tidb":        {}, // of tests alone, which these rules leave free
	"golang.org/x/crypto/argon2":     {"server/auth"},
	"github.com/stretchr/testify":    {},
	"github.com/mattn/go-sqlite3":    {}, // needs a C compiler; ours is pure Go
}

// onlyLibraries lists all that a folder may import from outside the standard library, where that is little.
var onlyLibraries = map[string][]string{
	"engine": {},
	"rules":  {"github.com/expr-lang/expr", "go.yaml.in/yaml"},
	"admin":  {},
}

// mustNotReach lists what a folder may not even reach through others: trying and back-testing have no hands.
var mustNotReach = map[string][]string{
	"engine": {"rules", "plugins", "server", "admin", "database/sql", "net", "net/http", "os", "os/exec", "syscall"},
	"rules":  {"plugins", "server", "admin", "database/sql", "net", "net/http", "os/exec", "syscall"},
}

// ownWorld are the folders that may read the clock, randomness and the environment; all others are given them.
var ownWorld = []string{".server", "server/app", "server/config", "server/cli", "server/commands", "server/bench",
	"plugins/host", "plugins/scaffold", "plugins/sdk", "plugins/channels"}

// readsOfWorld are the functions that do so. rand.New with a seed of its own is no read and is not here.
var readsOfWorld = map[string][]string{
	"time":                   {"Now", "Since", "Until"},
	"os":                     {"Getenv", "LookupEnv", "Environ", "ExpandEnv"},
	"crypto/rand":            {"Read", "Int", "Prime", "Text", "Reader"},
	"math/rand":              {"Int", "Intn", "Int31", "Int31n", "Int63", "Int63n", "Uint32", "Uint64", "Float32", "Float64", "Perm", "Shuffle", "Read", "Seed", "NormFloat64", "ExpFloat64"},
	"math/rand/v2":           {"Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint32", "Uint32N", "Uint64", "Uint64N", "UintN", "Uint", "N", "Float32", "Float64", "Perm", "Shuffle", "NormFloat64", "ExpFloat64"},
	"github.com/google/uuid": {"New", "NewString", "NewRandom", "NewUUID", "NewV6", "NewV7"},
}

// sayNothing are package names that collect everything because they mean nothing.
var sayNothing = []string{"util", "utils", "common", "types", "models", "helper", "helpers", "misc"}

func TestArchitecture(t *testing.T) {
	sources, err := readModule("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) == 0 {
		t.Fatal("no Go files found: the test looks in the wrong place")
	}
	for _, problem := range checkArchitecture(sources) {
		t.Error(problem)
	}
}

// Each case is one small package with one fault: a rule that nothing can break is no rule.
func TestArchitectureFindsFaults(t *testing.T) {
	const header = "package p\n"
	tests := []struct{ path, source, want string }{
		{"engine/a.go", header + `import "github.com/bylaw-dev/bylaw/rules"`, "engine imports rules"},
		{"engine/a.go", header + `import "golang.org/x/text/width"`, "engine imports golang.org/x/text/width"},
		{"engine/calendar/a.go", header + `import "github.com/expr-lang/expr/ast"`, "github.com/expr-lang/expr belongs to rules"},
		{"engine/simulate/a.go", header + `import "github.com/bylaw-dev/bylaw/server/store"`, "engine/simulate imports server/store"},
		{"engine/simulate/a.go", header + `import "net/http"`, "engine/simulate reaches net/http"},
		{"rules/a.go", header + `import "gorm.io/gorm"`, "gorm.io belongs to server/store"},
		{"rules/a.go", header + `import "golang.org/x/text/width"`, "rules imports golang.org/x/text/width"},
		{"plugins/sdk/a.go", header + `import "github.com/bylaw-dev/bylaw/engine"`, "plugins/sdk imports engine"},
		{"plugins/channels/email/a.go", header + `import "github.com/bylaw-dev/bylaw/plugins/channels/webhook"`, "plugins/channels/email imports plugins/channels/webhook"},
		{"plugins/host/a.go", header + `import "github.com/bylaw-dev/bylaw/rules"`, "plugins/host imports rules"},
		{"server/store/a.go", header + `import "github.com/bylaw-dev/bylaw/rules"`, "server/store imports rules"},
		{"server/store/a.go", header + `import "github.com/bylaw-dev/bylaw/server/config"`, "server/store imports server/config"},
		{"server/api/a.go", header + `import "github.com/bylaw-dev/bylaw/server/store"`, "server/api imports server/store"},
		{"server/api/a.go", header + `import "database/sql"`, "database/sql belongs to server/store"},
		{"server/app/a.go", header + `import "golang.org/x/crypto/argon2"`, "golang.org/x/crypto/argon2 belongs to server/auth"},
		{"server/auth/a.go", header + `import "github.com/labstack/echo/v4"`, "github.com/labstack/echo belongs to server/api"},
		{"server/backup/a.go", header + `import "github.com/bylaw-dev/bylaw/server/app"`, "server/backup imports server/app, which only"},
		{"server/config/a.go", header + `import "github.com/bylaw-dev/bylaw/engine"`, "server/config imports engine"},
		{"tools/a.go", header, "tools is in no rule"},
		{"engine/a.go", header + "import \"time\"\nvar clock = time.Now", "engine uses time.Now"},
		{"engine/a.go", header + "import stamp \"time\"\nvar age = stamp.Since(stamp.Time{})", "engine uses time.Since"},
		{"rules/a.go", header + "import . \"time\"\nvar now = Now()", "rules imports time with a dot"},
		{"server/store/a.go", header + "import \"os\"\nvar home = os.Getenv(\"HOME\")", "server/store uses os.Getenv"},
		{"server/auth/a.go", header + "import \"crypto/rand\"\nvar r = rand.Reader", "server/auth uses crypto/rand.Reader"},
		{"engine/a.go", header + "import \"math/rand/v2\"\nvar n = rand.IntN(3)", "engine uses math/rand/v2.IntN"},
		{"server/util/a.go", "package util\n", "says nothing"},
		{"server/store/a.go", "package models\n", "says nothing"},
		{"server/app/a.go", header + `import "github.com/bylaw-dev/bylaw/server/store/dbtest"`, "outside tests"},
		{"engine/a.go", "pakkage engine", "engine/a.go"},
	}
	for _, test := range tests {
		problems := strings.Join(checkArchitecture(map[string]string{test.path: test.source}), "\n")
		if !strings.Contains(problems, test.want) {
			t.Errorf("%s:\n%s\nshould be refused with %q, but the check says: %q", test.path, test.source, test.want, problems)
		}
	}
}

func TestArchitectureFollowsChains(t *testing.T) {
	problems := checkArchitecture(map[string]string{
		"engine/simulate/a.go": "package simulate\nimport _ \"github.com/bylaw-dev/bylaw/engine/deep\"",
		"engine/deep/a.go":     "package deep\nimport _ \"os/exec\"",
	})
	want := "engine/simulate reaches os/exec through engine/deep"
	if !strings.Contains(strings.Join(problems, "\n"), want) {
		t.Errorf("the check does not say %q: %q", want, problems)
	}
}

func TestArchitectureLetsPassWhatIsFine(t *testing.T) {
	problems := checkArchitecture(map[string]string{
		"engine/a.go":                 "package engine\nimport (\"time\"; \"math/rand/v2\"; \"github.com/bylaw-dev/bylaw/engine/calendar\")\nvar r = rand.New(rand.NewPCG(1, 2))\nfunc f(t time.Time) { time.Sleep(time.Second); var time struct{ Now int }; _ = time.Now; calendar.F() }",
		"engine/calendar/a.go":        "package calendar\nfunc F() {}",
		"engine/a_test.go":            "package engine_test\nimport (\"time\"; \"github.com/bylaw-dev/bylaw/server/store/dbtest\"; \"pgregory.net/rapid\")\nvar now = time.Now",
		"engine/enginetest/a.go":      "package enginetest\nimport \"github.com/bylaw-dev/bylaw/engine\"",
		"rules/a.go":                  "package rules\nimport (\"github.com/bylaw-dev/bylaw/engine\"; \"github.com/expr-lang/expr/ast\"; \"go.yaml.in/yaml/v3\")",
		"plugins/channels/x/main.go":  "package main\nimport (\"os\"; \"github.com/bylaw-dev/bylaw/plugins/sdk/schema\")\nvar home = os.Getenv(\"HOME\")",
		"plugins/host/host.go":        "package host\nimport (\"time\"; \"github.com/bylaw-dev/bylaw/engine\"; \"github.com/hashicorp/go-plugin\")\nvar now = time.Now",
		"server/main.go":              "package main\nimport (\"github.com/bylaw-dev/bylaw/server/app\"; \"github.com/bylaw-dev/bylaw/plugins/channels/x\")",
		"server/store/a.go":           "package store\nimport (\"gorm.io/gorm\"; \"database/sql\"; \"github.com/bylaw-dev/bylaw/engine\")",
		"server/store/storetest/a.go": "package storetest\nimport (\"time\"; \"github.com/bylaw-dev/bylaw/server/store/dbtest\")\nvar now = time.Now()",
		"server/app/a.go":             "package app\nimport (\"github.com/bylaw-dev/bylaw/server/api\"; \"github.com/bylaw-dev/bylaw/server/config\"; \"github.com/bylaw-dev/bylaw/admin\")",
	})
	if len(problems) > 0 {
		t.Errorf("the check refuses what is fine:\n%s", strings.Join(problems, "\n"))
	}
}
