// Package sdk is all that the author of a channel plugin imports. A plugin is a
// program whose main calls [Serve] with a [Channel]; Bylaw starts one process of
// it and opens in it an [Instance] for each channel that a workspace configures.
//
//	func main() { sdk.Serve(myChannel{}) }
//
// What a plugin can do beyond sending it says by implementing the small
// interfaces below ([BatchSender], [Checker], [Member], [Receiver], [Listener],
// [Validator], [io.Closer]); the SDK finds them by type assertion.
package sdk

import (
	"context"
	"io"
)

// Channel is a kind of channel: e-mail, a robot of some chat. It must be safe
// for concurrent use.
type Channel interface {
	// Describe says what the channel is. It must work without configuration,
	// network and files, and always answer the same.
	Describe() Description
	// Open makes one configured channel ready. It checks the configuration and
	// returns a [Problems] for what an operator can mend. It doesn't need to reach
	// the remote: that is [Checker]'s work.
	Open(ctx context.Context, setup Setup) (Instance, error)
}

// Instance is one configured channel of one workspace. Instances of different
// workspaces share the process: keep nothing in package variables.
type Instance interface {
	// Send hands one message to the remote. It must stop when ctx does and say
	// honestly what is known then: Retryable when nothing left the process,
	// Unknown when something did. Send is called with the same Message.Key again
	// when an attempt failed.
	Send(ctx context.Context, m Message) Receipt
}

// BatchSender is an Instance that is faster with many messages at once. One
// receipt per message is due, in order.
type BatchSender interface {
	SendBatch(ctx context.Context, batch []Message) []Receipt
}

// Checker is an Instance behind a "test connection" button. Steps are shown in
// the order they were tried.
type Checker interface {
	Check(ctx context.Context) []Step
}

// Member is an Instance that acts on who is in a group. The verbs it knows are
// capabilities of its Description; for any other it answers Unsupported.
type Member interface {
	Apply(ctx context.Context, a Action) (Receipt, ActionResult)
}

// Receiver is an Instance that takes webhooks from its remote. It verifies the
// request, and returns events and answer at once: the host makes the events
// durable before it sends the answer. There are 900 ms for it.
type Receiver interface {
	Receive(ctx context.Context, r Request) Response
}

// Listener is an Instance that fetches events itself, by polling or over a
// socket. Listen runs until ctx ends; when it returns earlier it is called
// again after a pause.
type Listener interface {
	Listen(ctx context.Context, inbox Inbox) error
}

// Validator is a Channel that can look for problems beyond its schema before
// anything is saved. Without it the host relies on schema and Open.
type Validator interface {
	Validate(ctx context.Context, setup Setup) Problems
}

// Closer is an Instance that has something to release. It is called once, when
// no call into the instance is running any more.
type Closer = io.Closer

// Step is one line of a connection test.
type Step struct {
	Name   Text
	OK     bool
	Detail string // one sentence, without secrets
}

// Text is a text for operators in English and Chinese.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}
