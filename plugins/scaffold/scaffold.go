// Package scaffold makes new channel plugins, and builds and installs them: what
// `bylaw plugin new` and `bylaw plugin pack` do.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// Options describe a new plugin.
type Options struct {
	// Dir is made; it must not exist or be empty.
	Dir string
	// ID is the plugin's id, e.g. acme-matrix.
	ID string
	// Module is its Go module path (default example.com/<id>).
	Module string
	// Bylaw is the version of Bylaw's module to build against (default v0.0.0,
	// which needs Replace).
	Bylaw string
	// Replace is a local copy of Bylaw to build against instead.
	Replace string
}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,63}$`)

const fileMode, dirMode = 0o644, 0o755

// New writes a plugin's module, ready to build and test, and returns its files.
func New(o Options) ([]string, error) {
	if !idForm.MatchString(o.ID) {
		return nil, fmt.Errorf("new plugin: id %q must be 2 to 64 of a-z, 0-9 and -", o.ID)
	}
	if o.Dir == "" {
		o.Dir = o.ID
	}
	if o.Module == "" {
		o.Module = "example.com/" + o.ID
	}
	if o.Bylaw == "" {
		o.Bylaw = "v0.0.0"
	}
	if o.Replace != "" {
		abs, err := filepath.Abs(o.Replace)
		if err != nil {
			return nil, fmt.Errorf("new plugin: %w", err)
		}
		o.Replace = abs
	}
	if entries, err := os.ReadDir(o.Dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("new plugin: %s is not empty", o.Dir)
	}
	if err := os.MkdirAll(o.Dir, dirMode); err != nil {
		return nil, fmt.Errorf("new plugin: %w", err)
	}
	return write(o)
}

func write(o Options) ([]string, error) {
	all, err := template.ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("new plugin: %w", err)
	}
	data := struct {
		Options
		Title string
	}{o, title(o.ID)}
	var files []string
	for _, t := range all.Templates() {
		name := strings.TrimSuffix(t.Name(), ".tmpl")
		f, err := os.OpenFile(filepath.Join(o.Dir, name), os.O_CREATE|os.O_WRONLY|os.O_EXCL, fileMode)
		if err != nil {
			return nil, fmt.Errorf("new plugin: %w", err)
		}
		if err := errors.Join(t.Execute(f, data), f.Close()); err != nil {
			return nil, fmt.Errorf("new plugin: write %s: %w", name, err)
		}
		files = append(files, name)
	}
	return files, sums(o)
}

// sums gives a module that builds against a local copy that copy's checksums:
// they are a superset of its own.
func sums(o Options) error {
	if o.Replace == "" {
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(o.Replace, "go.sum"))
	if err != nil {
		return fmt.Errorf("new plugin: read the checksums of %s: %w", o.Replace, err)
	}
	return os.WriteFile(filepath.Join(o.Dir, "go.sum"), raw, fileMode)
}

// title makes "Acme Matrix" of acme-matrix.
func title(id string) string {
	words := strings.FieldsFunc(id, func(r rune) bool { return r == '-' })
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}
