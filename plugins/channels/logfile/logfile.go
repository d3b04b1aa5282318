// Package logfile appends messages to a file, one JSON object a line: for trying
// things out, for demos, and for whoever reads files. It is also the example to
// copy: a channel with a batch, a check and de-duplication.
package logfile

import (
	"context"
	_ "embed"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

//go:embed schema.json
var schema []byte

const defaultFile = "messages.jsonl"

// Channel is the plugin.
func Channel() sdk.Channel { return channel{} }

type channel struct{}

// Describe implements sdk.Channel.
func (channel) Describe() sdk.Description {
	return sdk.Description{
		ID: "logfile", Version: "1.0.0",
		Title: sdk.Text{En: "Log file", Zh: "日志文件"},
		About: sdk.Text{
			En: "Appends every message to a file in the data directory.",
			Zh: "将每条消息追加到数据目录中的文件。",
		},
		Schema:       schema,
		Capabilities: map[sdk.Capability]sdk.Support{sdk.CanSend: sdk.Auto},
		Targets:      []sdk.TargetKind{sdk.ToMember, sdk.ToGroup, sdk.ToUser, sdk.ToWebhook},
		Dedupe:       sdk.Dedupe{Supported: true, Window: keysFor},
		MaxBatch:     1000,
	}
}

// Open implements sdk.Channel.
func (channel) Open(_ context.Context, setup sdk.Setup) (sdk.Instance, error) {
	c := struct {
		File string `json:"file"`
	}{File: defaultFile}
	if err := setup.Decode(&c); err != nil {
		return nil, err
	}
	if setup.DataDir == "" {
		return nil, sdk.Problems{{Code: "data_dir", Message: sdk.Text{
			En: "the host gives no directory to write in",
			Zh: "宿主没有提供可写目录",
		}}}
	}
	f, err := open(setup.DataDir, c.File)
	if err != nil {
		return nil, sdk.Problems{{Pointer: "/file", Code: "open", Message: sdk.Text{
			En: "the file cannot be opened: " + cause(err).Error(),
			Zh: "无法打开文件：" + cause(err).Error(),
		}}}
	}
	return &instance{file: f, now: setup.Now}, nil
}
