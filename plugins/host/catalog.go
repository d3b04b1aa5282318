package host

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// program is something that can be started as a plugin.
type program struct {
	id      string
	version string // empty for a bundled one: it is this binary's
	path    string
	args    []string
	sum     string // sha256 of the file at path; empty for this binary itself
}

// Installed is one version of a plugin found on disk.
type Installed struct {
	ID, Version string
	Dir         string
	Trusted     bool
	Problem     string      // why it cannot run, if so
	Said        engine.Text // the same for people, and what to do
}

// Discover lists the plugins in <data-dir>/plugins, by id and newest first. It
// runs none of them.
func Discover(dataDir string) ([]Installed, error) {
	trust, err := readTrust(dataDir)
	if err != nil {
		return nil, err
	}
	var out []Installed
	for _, id := range installedIDs(dataDir) {
		for _, version := range installed(dataDir, id) {
			one := Installed{ID: id, Version: version, Dir: versionDir(dataDir, id, version)}
			_, err := verified(dataDir, trust, id, version)
			if one.Trusted = err == nil; err != nil {
				one.Problem, one.Said = err.Error(), said(err)
			}
			out = append(out, one)
		}
	}
	return out, nil
}

func installedIDs(dataDir string) []string {
	entries, err := os.ReadDir(filepath.Join(dataDir, pluginFolder))
	if err != nil {
		return nil
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && idForm.MatchString(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

// find names the program of a plugin: a bundled one first, else the newest
// version that is trusted. A trusted version whose files have changed stops
// the search: falling back silently would hide it.
func (h *Host) find(id string) (program, error) {
	if slices.Contains(h.o.Bundled, id) {
		return program{id: id, path: h.self, args: append(slices.Clone(h.o.SelfArgs), id)}, nil
	}
	versions := installed(h.o.DataDir, id)
	if !idForm.MatchString(id) || len(versions) == 0 {
		return program{}, &engine.Error{Code: engine.CodeNotFound, Err: fmt.Errorf("nothing in %s", filepath.Join(h.o.DataDir, pluginFolder)), Message: engine.Text{
			En: fmt.Sprintf("no channel plugin %q: install it in the server's data folder, or use one of %s", id, strings.Join(h.o.Bundled, ", ")),
			Zh: fmt.Sprintf("没有渠道插件 %q：请安装到服务器的数据目录，或使用内置插件 %s", id, strings.Join(h.o.Bundled, "、")),
		}}
	}
	trust, err := readTrust(h.o.DataDir)
	if err != nil {
		return program{}, err
	}
	for _, version := range versions {
		if _, ok := trust.find(id, version); ok {
			return verified(h.o.DataDir, trust, id, version)
		}
	}
	return verified(h.o.DataDir, trust, id, versions[0])
}

// verified makes sure that a version is what the admin has trusted.
func verified(dataDir string, trust trustStore, id, version string) (program, error) {
	t, ok := trust.find(id, version)
	if !ok {
		return program{}, refused(
			fmt.Sprintf("plugin %s %s is not trusted: run `bylaw plugin trust %s@%s` if you know where it comes from", id, version, id, version),
			fmt.Sprintf("插件 %s %s 尚未被信任：确认来源后运行 `bylaw plugin trust %s@%s`", id, version, id, version), nil)
	}
	dir := versionDir(dataDir, id, version)
	sum, err := digest(dir)
	if err != nil {
		return program{}, unreadable(id, version, err)
	}
	if sum != t.SHA256 {
		return program{}, refused(
			fmt.Sprintf("the files of plugin %s %s have changed since they were trusted: look at them, then trust it again", id, version),
			fmt.Sprintf("插件 %s %s 的文件在信任之后被改动：请检查后重新信任", id, version), fmt.Errorf("files in %s", dir))
	}
	m, err := ReadManifest(dir)
	if err != nil {
		return program{}, unreadable(id, version, err)
	}
	entry, err := m.entry()
	if err != nil {
		return program{}, unreadable(id, version, err)
	}
	path := filepath.Join(dir, entry)
	fileSHA, err := fileSum(path)
	if err != nil {
		return program{}, unreadable(id, version, err)
	}
	return program{id: id, version: version, path: path, sum: fileSHA}, nil
}

func refused(en, zh string, cause error) error {
	return &engine.Error{Code: engine.CodeForbidden, Message: engine.Text{En: en, Zh: zh}, Err: cause}
}

// wrong is a name that a person gave and that means nothing here.
func wrong(en, zh string) error {
	return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{En: en, Zh: zh}}
}

func unreadable(id, version string, cause error) error {
	return refused(
		fmt.Sprintf("the files of plugin %s %s cannot be used: install it again", id, version),
		fmt.Sprintf("插件 %s %s 的文件无法使用：请重新安装", id, version), cause)
}
