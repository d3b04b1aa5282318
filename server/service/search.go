package service

import (
	"context"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// search finds members by what people know of them: any part of the id, of an
// identity as the caller sees it, and of the name where the caller may see names.
// Each word must stand in one of them, in capitals or not.
type search struct {
	list []string
	who  Caller
	s    *Members
}

// search reads what was typed; nil when that is nothing.
func (s *Members) search(who Caller, typed string) *search {
	list := strings.Fields(strings.ToLower(typed))
	if len(list) == 0 {
		return nil
	}
	return &search{list, who, s}
}

// named gives those of some members whom the words name.
func (w *search) named(ctx context.Context, all []*engine.Member) ([]*engine.Member, error) {
	if w == nil {
		return all, nil
	}
	names, err := w.names(ctx, all)
	if err != nil {
		return nil, err
	}
	list := all[:0]
	for _, m := range all {
		if w.fit(m, names[m.ID]) {
			list = append(list, m)
		}
	}
	return list, nil
}

func (w *search) names(ctx context.Context, all []*engine.Member) (map[string]string, error) {
	if !w.who.Personal {
		return nil, nil
	}
	ids := make([]string, 0, len(all))
	for _, m := range all {
		if !m.Erased {
			ids = append(ids, m.ID)
		}
	}
	fields, err := w.s.profiles(ctx, w.who, ids)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(ids))
	for _, f := range fields {
		if f.Position == 0 && f.Name == "name" {
			names[f.Member] = f.Value
		}
	}
	return names, nil
}

func (w *search) fit(m *engine.Member, name string) bool {
	known := make([]string, 0, 2+len(m.Identities))
	known = append(known, strings.ToLower(m.ID), strings.ToLower(name))
	for _, id := range m.Identities {
		known = append(known, strings.ToLower(w.who.Masked(id).Key()))
	}
	for _, word := range w.list {
		if !slices.ContainsFunc(known, func(text string) bool { return strings.Contains(text, word) }) {
			return false
		}
	}
	return true
}
