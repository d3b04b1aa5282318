package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// ManifestName is the file that makes a folder a plugin.
const ManifestName = "bylaw-plugin.json"

// Manifest says what an installed plugin is. It lies in
// <data-dir>/plugins/<id>/<version>/ beside the programs it names.
type Manifest struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Protocol []int  `json:"protocol"` // the handshake versions its programs speak
	// Platforms are the programs, by GOOS/GOARCH; paths are relative and use slashes.
	Platforms map[string]string `json:"platforms"`
	Homepage  string            `json:"homepage,omitempty"`
	License   string            `json:"license,omitempty"`
}

var (
	idForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,63}$`)
	versionForm = regexp.MustCompile(`^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,64})?$`)
)

const maxManifest = 64 << 10

// CheckID is what a plugin may be called; engine.CodeInvalid says how.
func CheckID(id string) error {
	if idForm.MatchString(id) {
		return nil
	}
	return wrong(fmt.Sprintf("a plugin is not called %q: write 2 to 64 of a-z, 0-9 and -, beginning with a letter or digit", id),
		fmt.Sprintf("插件不能叫 %q：请用 2 到 64 个 a-z、0-9 或 -，以字母或数字开头", id))
}

// ReadManifest reads and checks the manifest in a plugin's folder.
func ReadManifest(dir string) (Manifest, error) {
	f, err := os.Open(filepath.Join(dir, ManifestName))
	if err != nil {
		return Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("read %s: %w", filepath.Join(dir, ManifestName), err)
	}
	if err := m.check(); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", filepath.Join(dir, ManifestName), err)
	}
	return m, nil
}

func (m Manifest) check() error {
	switch {
	case !idForm.MatchString(m.ID):
		return fmt.Errorf("id %q must match %s", m.ID, idForm)
	case !versionForm.MatchString(m.Version):
		return fmt.Errorf("version %q must be a semantic version such as 1.2.3", m.Version)
	case !slices.Contains(m.Protocol, sdk.ProtocolVersion):
		return fmt.Errorf("protocol %v: this server speaks %d", m.Protocol, sdk.ProtocolVersion)
	}
	for platform, entry := range m.Platforms {
		if !filepath.IsLocal(filepath.FromSlash(entry)) {
			return fmt.Errorf("platforms: %s: %q leaves the plugin's folder", platform, entry)
		}
	}
	return nil
}

// entry is the program for this machine.
func (m Manifest) entry() (string, error) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	entry, ok := m.Platforms[platform]
	if !ok {
		return "", fmt.Errorf("plugin %s %s has no program for %s", m.ID, m.Version, platform)
	}
	return filepath.FromSlash(entry), nil
}

// newer orders semantic versions: positive when a is the newer one. A
// pre-release comes before its release; pre-releases compare as text.
func newer(a, b string) int {
	aCore, aPre, _ := strings.Cut(a, "-")
	bCore, bPre, _ := strings.Cut(b, "-")
	as, bs := strings.Split(aCore, "."), strings.Split(bCore, ".")
	for i := range min(len(as), len(bs)) {
		x, _ := strconv.Atoi(as[i])
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return x - y
		}
	}
	if aPre == "" || bPre == "" {
		return len(bPre) - len(aPre)
	}
	return strings.Compare(aPre, bPre)
}
