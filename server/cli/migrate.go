package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/store"
)

// migrate brings the database's tables to a version.
func (p *program) migrate() *cobra.Command {
	up := &cobra.Command{
		Use: "up", Short: p.say("Bring the tables up to date", "升级数据库结构"), Args: p.args(0),
		RunE: p.withStore(func(cmd *cobra.Command, db *store.Store, _ []string) error {
			if err := db.Migrate(cmd.Context()); err != nil {
				return err
			}
			return p.schema(cmd, db)
		}),
	}
	var yes bool
	down := &cobra.Command{
		Use: "down <version>", Short: p.say("Take the tables back to a version; 0 removes everything", "回退数据库结构到某版本；0 为全部删除"), Args: p.args(1),
		RunE: p.withStore(func(cmd *cobra.Command, db *store.Store, args []string) error {
			to, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || to < 0 {
				return usage("a version is a number from 0", "版本号为从 0 开始的整数")
			}
			if !yes {
				return usage("this deletes data: make a backup, then say --yes", "此操作会删除数据：请先备份，再加 --yes")
			}
			if err := db.MigrateDown(cmd.Context(), to); err != nil {
				return err
			}
			return p.schema(cmd, db)
		}),
	}
	down.Flags().BoolVar(&yes, "yes", false, p.say("do it", "确认执行"))
	status := &cobra.Command{
		Use: "status", Short: p.say("Show the tables' version", "显示数据库结构版本"), Args: p.args(0),
		RunE: p.withStore(func(cmd *cobra.Command, db *store.Store, _ []string) error { return p.schema(cmd, db) }),
	}
	return p.group("migrate", "Bring the database's tables to a version", "管理数据库结构版本", up, down, status)
}

// withStore opens the database, without looking at its tables, for a command.
func (p *program) withStore(run func(*cobra.Command, *store.Store, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		loaded, err := p.settings(cmd)
		if err != nil {
			return err
		}
		db, err := app.OpenStore(cmd.Context(), &loaded.Settings)
		if err != nil {
			return err
		}
		defer db.Close()
		return run(cmd, db, args)
	}
}

// schema prints the version of the tables; it fails when it is not the one needed.
func (p *program) schema(cmd *cobra.Command, db *store.Store) error {
	current, needed, err := db.Version(cmd.Context())
	if err != nil {
		return err
	}
	if p.json {
		err = p.printJSON(map[string]int64{"current": current, "needed": needed})
	} else {
		_, err = fmt.Fprintf(p.out, p.say("schema version %d; this program needs %d\n", "数据库结构版本 %d；本程序需要 %d\n"), current, needed)
	}
	if err == nil && current != needed && cmd.Name() == "status" {
		return errQuiet
	}
	return err
}
