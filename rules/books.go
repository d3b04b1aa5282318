package rules

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
)

// maxLibraries is how many workspaces' compiled rules are remembered.
const maxLibraries = 256

// Books compiles the rules among the definitions of any number of workspaces.
// It is told no workspace, so it finds the library that knows most of the rules;
// a wrong guess costs time and nothing else. Safe for concurrent use.
type Books struct {
	mu        sync.Mutex
	libraries []*known // the one used last at the end
}

// known is a library and the documents that it compiled last.
type known struct {
	Library
	documents map[[sha256.Size]byte]bool
}

// Book makes the rulebook of a revision. Rules whose stored body cannot be read
// are in Broken like those that do not compile; the error is always nil.
func (b *Books) Book(revision int64, definitions []engine.Definition, defs *engine.Definitions) (*engine.Rulebook, error) {
	sources, unreadable := Sources(definitions)
	documents := make(map[[sha256.Size]byte]bool, len(sources))
	for _, s := range sources {
		documents[sha256.Sum256(s.Document)] = true
	}
	book := b.library(documents).Build(revision, sources, Scope{Defs: defs})
	for key, err := range unreadable {
		book.Broken[key] = fmt.Errorf("rule %s: %w", key, err)
	}
	return book, nil
}

// library picks the one that shares most documents and moves it to the end.
func (b *Books) library(documents map[[sha256.Size]byte]bool) *Library {
	b.mu.Lock()
	defer b.mu.Unlock()
	best, most := -1, 0
	for i, k := range b.libraries {
		shared := 0
		for id := range documents {
			if k.documents[id] {
				shared++
			}
		}
		if shared > most {
			best, most = i, shared
		}
	}
	var k *known
	if best < 0 {
		k = &known{}
		if len(b.libraries) == maxLibraries {
			b.libraries = slices.Delete(b.libraries, 0, 1)
		}
	} else {
		k = b.libraries[best]
		b.libraries = slices.Delete(b.libraries, best, best+1)
	}
	k.documents = documents
	b.libraries = append(b.libraries, k)
	return &k.Library
}
