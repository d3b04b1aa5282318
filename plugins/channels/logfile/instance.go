package logfile

import (
	"context"
	"encoding/json"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

type instance struct {
	file *file
	now  func() time.Time
}

// line is what is written of a message.
type line struct {
	Key    string          `json:"key"`
	At     time.Time       `json:"at"`
	Target target          `json:"target"`
	Title  string          `json:"title,omitempty"`
	Text   string          `json:"text,omitempty"`
	Data   json.RawMessage `json:"data,omitempty"`
}

type target struct {
	Kind    sdk.TargetKind `json:"kind"`
	Address string         `json:"address,omitempty"`
}

// Send implements sdk.Instance.
func (i *instance) Send(ctx context.Context, m sdk.Message) sdk.Receipt {
	return i.SendBatch(ctx, []sdk.Message{m})[0]
}

// SendBatch implements sdk.BatchSender: one write and one sync for all.
func (i *instance) SendBatch(_ context.Context, batch []sdk.Message) []sdk.Receipt {
	receipts := make([]sdk.Receipt, len(batch))
	at := i.now().UTC()
	var entries []entry
	for n, m := range batch {
		text, err := json.Marshal(line{Key: m.Key, At: at, Target: target(m.Target), Title: m.Title, Text: m.Text, Data: m.Data})
		if err != nil {
			receipts[n] = sdk.Fail(sdk.Permanent, "data", "the message's data is not JSON: %v", err)
			continue
		}
		entries = append(entries, entry{n, m.Key, append(text, '\n')})
	}
	for n, r := range i.file.append(entries) {
		receipts[n] = r
	}
	return receipts
}

// Check implements sdk.Checker.
func (i *instance) Check(context.Context) []sdk.Step {
	step := sdk.Step{Name: sdk.Text{En: "write to the file", Zh: "写入文件"}, OK: true}
	if err := i.file.sync(); err != nil {
		step.OK, step.Detail = false, err.Error()
	}
	return []sdk.Step{step}
}

// Close implements sdk.Closer.
func (i *instance) Close() error { return i.file.close() }
