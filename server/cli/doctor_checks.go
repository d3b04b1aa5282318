package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/config"
)

// checks are what the doctor looks at, in order.
var checks = []check{checkProgram, checkServing, checkDataDir, checkDisk, checkKey, checkDatabase, checkSecrets, checkChannels, checkClock, checkZones, checkPlugins, checkPort}

func fine(name, en, zh string) examined {
	return examined{Name: name, OK: true, Found: engine.Text{En: en, Zh: zh}}
}

func ill(name string, found engine.Text, en, zh string) examined {
	return examined{Name: name, Found: found, Mend: engine.Text{En: en, Zh: zh}}
}

// said is an error as its people's languages have it.
func said(err error) engine.Text {
	var known *engine.Error
	var settings *config.Error
	switch {
	case errors.As(err, &known):
		t := known.Message
		if known.Err != nil {
			t.En += ": " + known.Err.Error()
			t.Zh += "：" + known.Err.Error()
		}
		return t
	case errors.As(err, &settings):
		return engine.Text{En: settings.In("en"), Zh: settings.In("zh")}
	}
	return engine.Text{En: err.Error(), Zh: err.Error()}
}

func checkProgram(context.Context, *config.Loaded) examined {
	v := programVersion()
	text := fmt.Sprintf("bylaw %s, %s, %s/%s", v.Version, v.Go, v.OS, v.Arch)
	return fine("program", text, text)
}

func checkServing(_ context.Context, s *config.Loaded) examined {
	if err := s.Serving(); err != nil {
		return ill("address", said(err), "", "")
	}
	return fine("address", "people reach the server at "+s.Origin(), "访问地址 "+s.Origin())
}

func checkDataDir(_ context.Context, s *config.Loaded) examined {
	abs, err := filepath.Abs(s.DataDir)
	if err != nil {
		abs = s.DataDir
	}
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return ill("data", said(err), "choose another folder with --data-dir, or let this user write there", "用 --data-dir 换一个目录，或授予当前用户写权限")
	}
	f, err := os.CreateTemp(s.DataDir, ".doctor")
	if err != nil {
		return ill("data", said(err), fmt.Sprintf("let this user write into %s: chown it, or choose another with --data-dir", abs), fmt.Sprintf("授予当前用户对 %s 的写权限，或用 --data-dir 换一个目录", abs))
	}
	err = errors.Join(f.Close(), os.Remove(f.Name()))
	if err != nil {
		return ill("data", said(err), "", "")
	}
	if info, err := os.Stat(s.DataDir); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0 {
		return ill("data", engine.Text{En: abs + " can be written by everybody", Zh: abs + " 可被任何人写入"}, "chmod 700 "+abs, "chmod 700 "+abs)
	}
	return fine("data", abs+" can be written", abs+" 可写")
}

// leastFree is the free space below which the doctor worries.
const leastFree = 1 << 30

func checkDisk(_ context.Context, s *config.Loaded) examined {
	free, total, err := diskSpace(s.DataDir)
	if err != nil {
		return fine("disk", "the free space cannot be told on this system", "本系统无法获知剩余空间")
	}
	text := engine.Text{
		En: fmt.Sprintf("%.1f GB of %.1f GB free", float64(free)/1e9, float64(total)/1e9),
		Zh: fmt.Sprintf("剩余 %.1f GB，共 %.1f GB", float64(free)/1e9, float64(total)/1e9)}
	if free < leastFree || free < total/20 {
		return ill("disk", text, "make room, or move the data folder: a full disk stops the server from taking events", "请清理空间或迁移数据目录：磁盘写满后将无法接收事件")
	}
	return fine("disk", text.En, text.Zh)
}

func checkKey(_ context.Context, s *config.Loaded) examined {
	path := filepath.Join(s.DataDir, "secret.key")
	if s.SecretKey == "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fine("key", "the secret key will be made at the first start, in "+path, "密钥将在首次启动时生成于 "+path)
		}
	}
	if _, err := app.SecretKey(&s.Settings); err != nil {
		return ill("key", said(err), "", "")
	}
	if s.SecretKey != "" {
		return fine("key", "the secret key comes from "+s.Origins["secret-key"], "密钥来自 "+s.Origins["secret-key"])
	}
	return fine("key", path+" is there; keep a copy apart from the database's backups", path+" 已存在；请与数据库备份分开保存一份")
}

func checkDatabase(ctx context.Context, s *config.Loaded) examined {
	if path := s.SQLitePath(); path != "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fine("database", path+" will be made at the first start", path+" 将在首次启动时创建")
		}
	}
	db, err := app.OpenStore(ctx, &s.Settings)
	if err != nil {
		x := ill("database", said(err), "is it running, and are address, user, password and name in the setting database right?", "数据库是否已启动？设置 database 中的地址、用户、密码、库名是否正确？")
		x.absent = engine.CodeOf(err) == engine.CodeUnavailable
		return x
	}
	defer db.Close()
	current, needed, err := db.Version(ctx)
	text := engine.Text{En: fmt.Sprintf("reachable, schema version %d of %d", current, needed), Zh: fmt.Sprintf("可连接，结构版本 %d / %d", current, needed)}
	switch {
	case err != nil:
		return ill("database", said(err), "", "")
	case current > needed:
		return ill("database", text, "a newer program has migrated it: start that one, or restore the backup made before", "已被更新的程序升级：请使用该程序，或恢复升级前的备份")
	case current < needed && current > 0:
		return ill("database", text, "start the server, or run bylaw migrate up", "启动服务，或运行 bylaw migrate up")
	}
	return fine("database", text.En, text.Zh)
}

func checkClock(context.Context, *config.Loaded) examined {
	at := time.Now()
	if at.Year() < 2026 || at.Year() > 2100 {
		return ill("clock", engine.Text{En: "the clock says " + at.Format(time.DateOnly), Zh: "系统时间为 " + at.Format(time.DateOnly)}, "set it, by NTP if possible: every decision depends on it", "请校准时间（建议使用 NTP）：所有判定都依赖它")
	}
	text := at.Format(time.RFC3339)
	return fine("clock", text, text)
}

func checkZones(context.Context, *config.Loaded) examined {
	for _, name := range []string{"Asia/Shanghai", "America/New_York", "Europe/Berlin"} {
		if _, err := calendar.LoadZone(name); err != nil {
			return ill("zones", said(err), "install tzdata", "请安装 tzdata")
		}
	}
	return fine("zones", "time zones are there", "时区数据可用")
}

func checkPort(ctx context.Context, s *config.Loaded) examined {
	listener, err := net.Listen("tcp", s.Listen)
	if err == nil {
		_ = listener.Close() // it was only a try
		return fine("port", s.Listen+" is free", s.Listen+" 可用")
	}
	if ready(ctx, localURL(&s.Settings)+"/readyz") == nil {
		return fine("port", "a server of ours answers on "+s.Listen, s.Listen+" 上已有群规服务在运行")
	}
	return ill("port", said(err), "end what listens there, or choose another port with --listen", "结束占用该端口的程序，或用 --listen 换一个端口")
}
