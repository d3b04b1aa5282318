package app

import "github.com/bylaw-dev/bylaw/server/service/trials"

// Trials plays the cases of rules; see package trials.
type Trials = trials.Runner
