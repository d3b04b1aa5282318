package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows how far long work has come, with rate and time left, on a terminal
// and nowhere else. The nil bar shows nothing.
type bar struct{ b *progressbar.ProgressBar }

// progress begins a bar of a total (-1: not known). Close it.
func (p *program) progress(total int64, en, zh string) *bar {
	if !terminal(p.err) || p.json {
		return nil
	}
	return &bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(p.err), progressbar.OptionSetDescription(p.say(en, zh)),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionEnableColorCodes(p.getenv("NO_COLOR") == ""))}
}

// set moves the bar to done of total.
func (b *bar) set(done, total int64) {
	if b == nil {
		return
	}
	if total > 0 && total != b.b.GetMax64() {
		b.b.ChangeMax64(total)
	}
	_ = b.b.Set64(done) // a bar that cannot be drawn is no reason to stop
}

// Close removes the bar.
func (b *bar) Close() {
	if b != nil {
		_ = b.b.Finish() // as above
	}
}
