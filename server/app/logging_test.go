package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/config"
)

type hiddenValue struct{}

func (hiddenValue) LogValue() slog.Value {
	return slog.StringValue("byl_0123456789abcdefCANARY_abcdef")
}

func TestSecretsAndTelephoneNumbersNeverReachTheLog(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log := NewLog(&out, &config.Settings{LogLevel: "debug", LogFormat: format})
		log = log.With("password", "CANARY", "by", "Bearer CANARYCANARY1234").WithGroup("g")
		log.InfoContext(context.Background(), "token byl_CANARY7890abcdefghijklmnopqrstuv_CANARY came",
			"db", "mysql://bylaw:CANARY@db:3306/x", "hook", "whsec_CANARYCANARYCANARY", "err", errors.New("post https://h/x?access_token=CANARY&a=1: call +8613812340001"),
			"value", hiddenValue{}, "nested", slog.GroupValue(slog.String("secret", "CANARY"), slog.String("to", "请致电 13812340001。")),
			"phone", "CANARY", "position", 13812340001, "at", "2026-11-22T04:41:06.669Z", "id", "dlv_4916635bf1ad7a4d7d673c98d1", "took", "13812340001.5ms")
		said := out.String()
		for _, leak := range []string{"CANARY", "1234000", "1381234"} {
			clean := strings.ReplaceAll(strings.ReplaceAll(said, "13812340001.5ms", ""), "position=13812340001", "")
			clean = strings.ReplaceAll(strings.ReplaceAll(clean, `"position":13812340001`, ""), "g.", "")
			if strings.Contains(clean, leak) {
				t.Errorf("%s: %q is in the log: %s", format, leak, said)
			}
		}
		for _, kept := range []string{"138****0001", "mysql://bylaw:", "@db:3306/x", "13812340001", "2026-11-22T04:41:06.669Z", "dlv_4916635bf1ad7a4d7d673c98d1", "a=1", "came"} {
			if !strings.Contains(said, kept) {
				t.Errorf("%s: %q is not in the log: %s", format, kept, said)
			}
		}
	}
}
