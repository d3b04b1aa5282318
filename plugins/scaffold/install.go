package scaffold

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/bylaw-dev/bylaw/plugins/host"
)

// Pack builds a plugin's module for this machine into <out>/<id>/<version>/,
// with the manifest and its documents, and returns that folder. A version that
// lies there already is replaced as a whole.
func Pack(ctx context.Context, module, out string) (string, error) {
	m, err := host.ReadManifest(module)
	if err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	parent := filepath.Join(out, m.ID)
	if err := os.MkdirAll(parent, dirMode); err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	made, err := os.MkdirTemp(parent, ".pack")
	if err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	defer func() { _ = os.RemoveAll(made) }()
	if err := os.Chmod(made, dirMode); err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	if err := collect(ctx, module, made, m); err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	dir := filepath.Join(parent, m.Version)
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	if err := os.Rename(made, dir); err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	return dir, nil
}

// Install packs a plugin into a server's data directory. It still has to be
// trusted before it runs.
func Install(ctx context.Context, module, dataDir string) (string, error) {
	return Pack(ctx, module, filepath.Join(dataDir, "plugins"))
}

func collect(ctx context.Context, module, dir string, m host.Manifest) error {
	entry := "bin/" + m.ID
	if runtime.GOOS == "windows" {
		entry += ".exe"
	}
	if err := build(ctx, module, filepath.Join(dir, filepath.FromSlash(entry))); err != nil {
		return err
	}
	m.Platforms = map[string]string{runtime.GOOS + "/" + runtime.GOARCH: entry}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, host.ManifestName), append(raw, '\n'), fileMode); err != nil {
		return err
	}
	for _, name := range []string{"README.md", "README.zh.md", "LICENSE", "CHANGELOG.md"} {
		if raw, err := os.ReadFile(filepath.Join(module, name)); err == nil {
			if err := os.WriteFile(filepath.Join(dir, name), raw, fileMode); err != nil {
				return err
			}
		}
	}
	return nil
}

// build makes a small program that needs no C library.
func build(ctx context.Context, module, program string) error {
	abs, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", abs, ".")
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", module, err, strings.TrimSpace(string(said)))
	}
	return nil
}
