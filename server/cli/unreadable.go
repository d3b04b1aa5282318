package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/bylaw-dev/bylaw/plugins/host"
)

// readFile reads a file that a command was given; - is stdin.
func (p *program) readFile(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(p.in)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return text, nil
}

// unreadable says of a file that a command was given why it cannot be read.
func unreadable(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage(path+": no such file", path+"：没有此文件")
	case errors.Is(err, fs.ErrPermission):
		return usage(path+" may not be read by this user", "当前用户无权读取 "+path)
	}
	return usage(fmt.Sprintf("%s cannot be read: %v", path, err), fmt.Sprintf("无法读取 %s：%v", path, err))
}

// unwritable says of a file that a command was to write why it cannot.
func unwritable(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage("there is no folder for "+path+": make it, or name another file", path+" 所在的目录不存在：请先创建，或换一个文件")
	case errors.Is(err, fs.ErrPermission):
		return usage(path+" may not be written by this user", "当前用户无权写入 "+path)
	}
	return usage(fmt.Sprintf("%s cannot be written: %v", path, err), fmt.Sprintf("无法写入 %s：%v", path, err))
}

// pluginFolder is the folder of a plugin's sources that a command was given; the
// one where it runs otherwise.
func pluginFolder(args []string) (string, error) {
	folder := "."
	if len(args) > 0 {
		folder = args[0]
	}
	_, err := host.ReadManifest(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", usage(
			fmt.Sprintf("%s is no plugin's folder, it has no %s: name one, or begin one with bylaw plugin new <id>", folder, host.ManifestName),
			fmt.Sprintf("%s 不是插件目录（缺少 %s）：请指明插件目录，或用 bylaw plugin new <id> 新建", folder, host.ManifestName))
	}
	return folder, err
}
