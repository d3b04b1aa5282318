package cli

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/app"
)

// A bundle is a zip with bundle.json and the files of a rule pack, flat.
const (
	bundleFormat    = 1
	bundleList      = "bundle.json"
	maxBundle       = 64 << 20 // unpacked
	maxBundledFiles = 5000
)

// bundleHead is bundle.json: what a bundle holds and is missing.
type bundleHead struct {
	Bundle  string              `json:"bundle"`
	Format  int                 `json:"format"`
	From    string              `json:"from"`              // the workspace
	Files   map[string]string   `json:"files"`             // name -> sha256
	Secrets map[string][]string `json:"secrets,omitempty"` // channel -> secrets to be set by hand
}

func (p *program) bundle() *cobra.Command {
	c := p.group("bundle", "A workspace's rules and definitions as one file", "将空间的规则与定义打包为一个文件", p.bundleCreate(), p.bundleCheck(), p.bundleInstall())
	c.Long = p.say(`A bundle carries how a community works, and nobody in it: rules, groups, ladders,
rewards, templates, segments, attributes, event types and channels without their
secrets, as one file with check sums. Install it into another workspace or server.
For people and events see bylaw export; for everything see bylaw backup.`,
		`打包文件携带社群的运营方式而不含任何人：规则、群、阶梯、奖励、文案、人群、属性、事件类型，以及
不含机密的渠道，合为一个带校验和的文件，可安装到其他空间或服务器。
人员与事件请用 bylaw export，全部内容请用 bylaw backup。`)
	return c
}

func (p *program) bundleCreate() *cobra.Command {
	c := &cobra.Command{Use: "create <file>", Args: p.args(1), Short: p.say("Write a workspace's rules and definitions to a new file", "将空间的规则与定义写入新文件")}
	workspace := p.workspaceFlag(c)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		x := &exporter{}
		if err := x.gather(cmd, core, *workspace); err != nil {
			return err
		}
		head := bundleHead{Bundle: "bylaw", Format: bundleFormat, From: *workspace, Files: map[string]string{}}
		var texts [][]byte
		for _, f := range x.files {
			head.Files[f.name] = sumOf(f.content)
			texts = append(texts, f.content)
		}
		leaked, err := core.LeakedSecret(cmd.Context(), *workspace, texts...)
		if err != nil {
			return err
		}
		if leaked != "" {
			return engine.Conflict(engine.Text{En: "the secret " + leaked + " stands in a rule or definition in plain: take it out, or change it, first",
				Zh: "密钥 " + leaked + " 以明文出现在规则或定义中：请先移除或更换"})
		}
		if head.Secrets, err = core.SecretNames(cmd.Context(), *workspace); err != nil {
			return err
		}
		if err := writeBundle(args[0], head, x.files); err != nil {
			return err
		}
		return p.showBundle(head)
	})
	return c
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func writeBundle(path string, head bundleHead, files []exported) error {
	list, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range append([]exported{{bundleList, list}}, files...) {
		w, err := z.Create(f.name)
		if err != nil {
			return err
		}
		if _, err := w.Write(f.content); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return usage(path+" is there already; name a new file", path+" 已存在，请指定新文件")
	}
	if err != nil {
		return unwritable(path, err)
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Close())
}

func (p *program) showBundle(head bundleHead) error {
	if p.json {
		return p.printJSON(head)
	}
	for _, name := range slices.Sorted(maps.Keys(head.Files)) {
		fmt.Fprintln(p.out, head.Files[name][:12], name)
	}
	for _, channel := range slices.Sorted(maps.Keys(head.Secrets)) {
		p.note(fmt.Sprintf("set the secrets of the channel %s after installing: %s", channel, strings.Join(head.Secrets[channel], ", ")),
			fmt.Sprintf("安装后请设置渠道 %s 的密钥：%s", channel, strings.Join(head.Secrets[channel], "、")))
	}
	return nil
}

var nameInBundle = regexp.MustCompile(`^[a-z0-9-]{1,64}(\.draft)?\.(yaml|json)$`)

func badBundle(place, en, zh string) error {
	return engine.Invalid(engine.Text{En: "the bundle cannot be used", Zh: "打包文件不可用"},
		engine.Problem{Code: "bundle_damaged", Path: place, Message: engine.Text{En: en, Zh: zh}})
}

// readBundle gives what a bundle holds, each file as its list says.
func readBundle(body []byte) (head bundleHead, files []exported, err error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return head, nil, badBundle("", "this is no bundle: "+err.Error(), "不是打包文件："+err.Error())
	}
	if len(z.File) > maxBundledFiles {
		return head, nil, badBundle("", "it holds too many files", "文件过多")
	}
	found, left := map[string][]byte{}, int64(maxBundle)
	for _, f := range z.File {
		content, err := unzip(f, left)
		if err != nil {
			return head, nil, badBundle(f.Name, "it cannot be unpacked: "+err.Error(), "无法解压："+err.Error())
		}
		if _, twice := found[f.Name]; twice || f.Name != bundleList && !nameInBundle.MatchString(f.Name) {
			return head, nil, badBundle(fmt.Sprintf("%.80q", f.Name), "no file of a bundle has this name, or two have", "文件名不合法或重复")
		}
		found[f.Name], left = content, left-int64(len(content))
	}
	if json.Unmarshal(found[bundleList], &head) != nil || head.Bundle != "bylaw" || head.Format != bundleFormat {
		return head, nil, badBundle(bundleList, fmt.Sprintf("this program reads bundles of format %d", bundleFormat), fmt.Sprintf("本程序只读取格式 %d 的打包文件", bundleFormat))
	}
	delete(found, bundleList)
	for _, name := range slices.Sorted(maps.Keys(head.Files)) {
		if content, is := found[name]; !is || sumOf(content) != head.Files[name] {
			return head, nil, badBundle(name, "it is missing, or its check sum is wrong", "文件缺失或校验和不符")
		}
		files = append(files, exported{name, found[name]})
	}
	if len(found) != len(files) {
		return head, nil, badBundle(bundleList, "the bundle holds files that it does not list", "存在未列出的文件")
	}
	return head, files, nil
}

func unzip(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(content)) > most {
		err = errors.New("it is too large")
	}
	return content, err
}

// unpackBundle reads a bundle into a folder, from which it is checked or applied
// as any pack. Remove the folder.
func (p *program) unpackBundle(path string) (head bundleHead, folder string, err error) {
	body, err := p.wholeFile(path)
	if err != nil {
		return head, "", err
	}
	head, files, err := readBundle(body)
	if err != nil {
		return head, "", err
	}
	if folder, err = os.MkdirTemp("", "bylaw-bundle-"); err != nil {
		return head, "", err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f.name), f.content, 0o600); err != nil {
			return head, folder, err
		}
	}
	if _, problems := rules.LoadPack(os.DirFS(folder)); len(problems) > 0 {
		err = engine.Invalid(engine.Text{En: "the bundle has problems", Zh: "打包文件有问题"}, problems...)
	}
	return head, folder, err
}

func (p *program) bundleCheck() *cobra.Command {
	return &cobra.Command{Use: "check <file>", Args: p.args(1), Short: p.say("Check a bundle and say what it holds", "检查打包文件并列出内容"),
		RunE: func(_ *cobra.Command, args []string) error {
			head, folder, err := p.unpackBundle(args[0])
			err = errors.Join(err, os.RemoveAll(folder))
			if err != nil {
				return err
			}
			return p.showBundle(head)
		}}
}

func (p *program) bundleInstall() *cobra.Command {
	apply := p.rulesApply()
	c := &cobra.Command{Use: "install <file>", Args: p.args(1), Short: p.say("Put a bundle's rules and definitions in force", "安装打包文件中的规则与定义"), Long: apply.Long}
	c.Flags().AddFlagSet(apply.Flags())
	c.RunE = func(cmd *cobra.Command, args []string) error {
		head, folder, err := p.unpackBundle(args[0])
		if err == nil {
			err = apply.RunE(cmd, []string{folder})
		}
		if err := errors.Join(err, os.RemoveAll(folder)); err != nil {
			return err
		}
		head.Files = nil
		if p.json {
			return nil // what was done is the data
		}
		return p.showBundle(head)
	}
	return c
}
