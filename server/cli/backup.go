package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/store"
)

// backup writes all that the database holds to a file.
func (p *program) backup() *cobra.Command {
	c := &cobra.Command{Use: "backup <file>", Args: p.args(1),
		Short: p.say("Write the whole database to a new file, also beside a running server", "将整个数据库备份到新文件，可在服务运行时进行"),
		Long: p.say(`Write the whole database, as it is at one moment, to a new file that bylaw restore
brings into any database: from SQLite to MySQL or MariaDB and back, too. The file
holds check sums. It has personal data in it: keep it where only you can read it.
It has no secret.key: keep that of the data directory apart, channel secrets need it.`,
			`将整个数据库在某一时刻的内容写入新文件，bylaw restore 可将其恢复到任何数据库，
也可在 SQLite 与 MySQL、MariaDB 之间迁移。文件带有校验和。其中包含个人信息，请妥善保管。
文件不含 secret.key：请另行保存数据目录中的该文件，渠道密钥需要它。`),
	}
	whole := c.Flags().Bool("copy", false, p.say("copy the SQLite database file instead, ready to be served", "改为复制 SQLite 数据库文件，可直接使用"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if _, err := os.Stat(args[0]); err == nil {
			return usage(args[0]+" is there already; name a new file", args[0]+" 已存在，请指定新文件")
		}
		if *whole {
			if err := core.Store.Backup(cmd.Context(), args[0]); err != nil {
				return err
			}
			return p.keepKey()
		}
		b := p.progress(-1, "backing up", "备份中")
		info, err := writeBackup(cmd.Context(), core.Store, args[0], b.set)
		b.Close()
		if err != nil {
			return err
		}
		if err := p.showBackup(info); err != nil {
			return err
		}
		return p.keepKey()
	})
	return c
}

func (p *program) keepKey() error {
	p.note("done; keep secret.key of the data directory too: channel secrets need it",
		"备份完成；请一并保存数据目录中的 secret.key，渠道密钥需要它")
	return nil
}

// writeBackup writes a file that has its name only when it is whole.
func writeBackup(ctx context.Context, db *store.Store, path string, progress func(done, total int64)) (info store.BackupInfo, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return info, unwritable(path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	info, err = db.WriteBackup(ctx, f, engine.TimeOf(time.Now()), progress)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return info, err
	}
	if err := os.Link(f.Name(), path); !errors.Is(err, errors.ErrUnsupported) {
		return info, err
	}
	return info, os.Rename(f.Name(), path)
}

func (p *program) showBackup(info store.BackupInfo) error {
	if p.json {
		return p.printJSON(info)
	}
	rows := [][]string{{p.say("table", "表"), p.say("rows", "行数"), "sha256"}}
	for _, t := range info.Tables {
		rows = append(rows, []string{t.Name, strconv.FormatInt(t.Rows, 10), t.SHA256[:16]})
	}
	return p.table(rows)
}

// restore brings a backup into the database of the settings.
func (p *program) restore() *cobra.Command {
	c := &cobra.Command{Use: "restore <file>", Args: p.args(1),
		Short: p.say("Bring a backup into an empty database", "将备份恢复到空数据库"),
		Long: p.say(`Bring a file of bylaw backup into the database of the settings: SQLite, MySQL or
MariaDB, whichever it came from. Stop every server on that database first.

The file is checked to its end before anything is changed. Either all of it is
restored or nothing; what was written is read back and compared. A backup of an
older program is brought up to date. Messages that waited when the backup was made
are sent, unless they have expired, when a server starts: of an old backup see
bylaw doctor first.`, `将 bylaw backup 的文件恢复到当前设置的数据库（SQLite、MySQL 或 MariaDB，不限来源）。
请先停止使用该数据库的所有服务。

改动之前会完整检查文件；要么全部恢复，要么毫无改动；写入后会读回并比对。旧版本的备份会自动升级。
备份时等待发送的消息若未过期，会在服务启动后发出；备份较旧时请先运行 bylaw doctor。`),
	}
	check := c.Flags().Bool("check", false, p.say("only check the file", "仅检查文件"))
	overwrite := c.Flags().Bool("overwrite", false, p.say("replace all that the database holds", "替换数据库中的全部内容"))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		info, err := p.checkBackup(args[0])
		if err != nil {
			return err
		}
		if *check {
			return p.showBackup(info)
		}
		return p.restoreFrom(cmd, args[0], info, *overwrite)
	}
	return c
}

// counted tells how much of a file was read.
type counted struct {
	io.Reader
	n    int64
	told func(done, total int64)
	of   int64
}

// Read reads and counts.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += int64(n)
	c.told(c.n, c.of)
	return n, err
}

func (p *program) checkBackup(path string) (store.BackupInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return store.BackupInfo{}, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return store.BackupInfo{}, err
	}
	b := p.progress(info.Size(), "checking", "检查中")
	defer b.Close()
	return store.CheckBackup(&counted{Reader: bufio.NewReaderSize(f, 1<<18), told: b.set, of: info.Size()})
}

func (p *program) restoreFrom(cmd *cobra.Command, path string, info store.BackupInfo, overwrite bool) error {
	loaded, err := p.settings(cmd)
	if err != nil {
		return err
	}
	db, err := app.OpenStore(cmd.Context(), &loaded.Settings)
	if err != nil {
		return err
	}
	defer db.Close()
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b := p.progress(info.Rows, "restoring", "恢复中")
	err = db.Restore(cmd.Context(), f, info, store.Restoring{Overwrite: overwrite, Progress: b.set})
	b.Close()
	if err != nil {
		return err
	}
	if err := p.showBackup(info); err != nil {
		return err
	}
	locked, key, err := app.LockedSecrets(cmd.Context(), &loaded.Settings, db)
	if locked > 0 {
		p.note(fmt.Sprintf("%d secrets of channels need the secret.key they were encrypted with: put it at %s", locked, key),
			fmt.Sprintf("有 %d 个渠道密钥需要加密时的 secret.key：请将其放到 %s", locked, key))
	}
	p.note("restored; bylaw verify replays and compares it", "恢复完成；bylaw verify 可重放并核对")
	return err
}
