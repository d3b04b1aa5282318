package wecomrobot

import (
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// minute is how long WeCom counts a robot's messages.
const minute = time.Minute

// errcodes says what WeCom's codes mean for a message.
var errcodes = map[int]sdk.Outcome{
	0:     sdk.Delivered,
	-1:    sdk.Retryable,   // system busy
	45009: sdk.RateLimited, // more than 20 messages a minute
	45033: sdk.RateLimited, // too many at the same time
	93000: sdk.AuthFailed,  // invalid webhook address: the robot was removed or its key replaced
	93004: sdk.AuthFailed,  // the robot is disabled
	93008: sdk.Gone,        // the robot is not in the group
	40001: sdk.AuthFailed,  // invalid secret
	40008: sdk.Permanent,   // invalid message type
	40058: sdk.Permanent,   // bad parameter
	44004: sdk.Permanent,   // empty content
	45002: sdk.Permanent,   // content too long
	47001: sdk.Permanent,   // the body cannot be parsed
	48002: sdk.AuthFailed,  // the interface is forbidden to this robot
	81013: sdk.Permanent,   // nobody of those mentioned may be seen
}

// receipt translates an errcode. Any code but 0 says that nothing was posted.
func receipt(code int, message string) sdk.Receipt {
	outcome, ok := errcodes[code]
	if !ok {
		outcome = sdk.Retryable
	}
	if outcome == sdk.Delivered {
		return sdk.OK("")
	}
	r := sdk.Fail(outcome, strconv.Itoa(code), "WeCom: %s", message)
	if outcome == sdk.RateLimited {
		r.RetryAfter = minute
	}
	return r
}
