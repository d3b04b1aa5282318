package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Trusted is one version of a plugin that the server's admin has let run.
type Trusted struct {
	ID        string    `json:"id"`
	Version   string    `json:"version"`
	SHA256    string    `json:"sha256"` // over every file of the version's folder
	TrustedAt time.Time `json:"trusted_at"`
}

const trustFile = "trusted.json"

type trustStore struct {
	Plugins []Trusted `json:"plugins"`
}

func trustPath(dataDir string) string {
	return filepath.Join(dataDir, pluginFolder, trustFile)
}

// readTrust gives an empty store when there is no file.
func readTrust(dataDir string) (trustStore, error) {
	var s trustStore
	raw, err := os.ReadFile(trustPath(dataDir))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read trusted plugins: %w", err)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("read %s: %w", trustPath(dataDir), err)
	}
	return s, nil
}

func (s trustStore) find(id, version string) (Trusted, bool) {
	i := slices.IndexFunc(s.Plugins, func(t Trusted) bool { return t.ID == id && t.Version == version })
	if i < 0 {
		return Trusted{}, false
	}
	return s.Plugins[i], true
}

// write replaces the file in one step: a crash leaves the old or the new one.
func (s trustStore) write(dataDir string) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Join(dataDir, pluginFolder), trustFile+".*")
	if err != nil {
		return fmt.Errorf("write trusted plugins: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(append(raw, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), trustPath(dataDir))
	}
	if err != nil {
		return fmt.Errorf("write trusted plugins: %w", err)
	}
	return nil
}

// Trust lets an installed plugin run from now on, exactly as its files are. The
// plugin is named by its id (its newest version), by id@version or by its
// folder below <data-dir>/plugins.
func Trust(dataDir, plugin string) (Trusted, error) {
	id, version, err := resolve(dataDir, plugin)
	if err != nil {
		return Trusted{}, err
	}
	dir := versionDir(dataDir, id, version)
	m, err := ReadManifest(dir)
	if err != nil {
		return Trusted{}, err
	}
	if m.ID != id || m.Version != version {
		return Trusted{}, fmt.Errorf("%s says it is %s %s: the folder must be %s", dir, m.ID, m.Version, versionDir(dataDir, m.ID, m.Version))
	}
	if _, err := m.entry(); err != nil {
		return Trusted{}, err
	}
	sum, err := digest(dir)
	if err != nil {
		return Trusted{}, err
	}
	t := Trusted{ID: id, Version: version, SHA256: sum, TrustedAt: time.Now().UTC().Truncate(time.Second)}
	return t, change(dataDir, func(s *trustStore) { s.forget(id, version); s.Plugins = append(s.Plugins, t) })
}

// Distrust takes the permission back, from a version or (version "") from all.
func Distrust(dataDir, id, version string) error {
	return change(dataDir, func(s *trustStore) { s.forget(id, version) })
}

func (s *trustStore) forget(id, version string) {
	s.Plugins = slices.DeleteFunc(s.Plugins, func(t Trusted) bool {
		return t.ID == id && (version == "" || t.Version == version)
	})
}

func change(dataDir string, f func(*trustStore)) error {
	s, err := readTrust(dataDir)
	if err != nil {
		return err
	}
	f(&s)
	slices.SortFunc(s.Plugins, func(a, b Trusted) int {
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
		return newer(a.Version, b.Version)
	})
	return s.write(dataDir)
}

// resolve finds the id and version that a person means.
func resolve(dataDir, plugin string) (id, version string, err error) {
	if strings.ContainsAny(plugin, `/\`) {
		return resolveDir(dataDir, plugin)
	}
	id, version, given := strings.Cut(plugin, "@")
	if !idForm.MatchString(id) || given && !versionForm.MatchString(version) {
		where := filepath.Join(dataDir, pluginFolder)
		return "", "", wrong(fmt.Sprintf("%q is no plugin: give an id, id@version or a folder below %s", plugin, where),
			fmt.Sprintf("%q 不是插件：请写 id、id@版本，或 %s 之下的目录", plugin, where))
	}
	if given {
		return id, version, nil
	}
	versions := installed(dataDir, id)
	if len(versions) == 0 {
		where := filepath.Join(dataDir, pluginFolder)
		return "", "", wrong(fmt.Sprintf("no plugin %q is installed in %s: bylaw plugin install <folder> installs one, bylaw plugin list shows all", id, where),
			fmt.Sprintf("%[2]s 中没有插件 %[1]q：可用 bylaw plugin install <目录> 安装，bylaw plugin list 可列出全部", id, where))
	}
	return id, versions[0], nil
}

func resolveDir(dataDir, dir string) (id, version string, err error) {
	root, err := filepath.Abs(filepath.Join(dataDir, pluginFolder))
	if err != nil {
		return "", "", err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	rel, err := filepath.Rel(root, abs)
	parts := strings.Split(filepath.ToSlash(rel), "/")
	if err != nil || len(parts) != 2 || !idForm.MatchString(parts[0]) || !versionForm.MatchString(parts[1]) {
		return "", "", wrong(fmt.Sprintf("%s is not a folder <id>/<version> below %s: install the plugin first", dir, root),
			fmt.Sprintf("%s 不是 %s 之下的 <id>/<版本> 目录：请先安装插件", dir, root))
	}
	return parts[0], parts[1], nil
}

// installed are a plugin's versions, newest first.
func installed(dataDir, id string) []string {
	entries, err := os.ReadDir(filepath.Join(dataDir, pluginFolder, id))
	if err != nil {
		return nil
	}
	var versions []string
	for _, e := range entries {
		if versionForm.MatchString(e.Name()) {
			versions = append(versions, e.Name())
		}
	}
	slices.SortFunc(versions, func(a, b string) int { return newer(b, a) })
	return versions
}
