package machine

import (
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// closeReview is the end of the notice: moves that were confirmed happen; where
// none was, the officers are told that the review waits for their word.
func (t *turn) closeReview(o *occasion, b *timerBody, due engine.Time) error {
	rev, err := t.review(b.Key)
	if err != nil || rev == nil {
		return err
	}
	t.agree(b.Key, rev)
	if r := t.view.begunBy(rev.Rule, rev.Version); rev.Confirmed && r != nil && r.Review != nil {
		if err := (&reviewing{turn: t, o: o, r: r, rev: rev}).carryOut(); err != nil {
			return err
		}
		t.saveReview(b.Key, rev)
	}
	open := 0
	for i := range rev.Moves {
		if rev.Moves[i].open() {
			open++
		}
	}
	if open > 0 {
		t.item(due, engine.Item{Kind: "task", State: "open", Owner: operators, Rule: rev.Rule}, map[string]any{
			"review": b.Key, "reason": "review_notice_over", "text": engine.Text{
				En: "the notice of review " + b.Key + " is over: " + strconv.Itoa(open) + " moves wait for a word",
				Zh: "评审 " + b.Key + " 公示期已满，有 " + strconv.Itoa(open) + " 项变动待确认"}})
	}
	return nil
}

// agree gives the officers' word in a simulation, where the log has none: nobody
// was asked about what was never proposed.
func (t *turn) agree(id string, rev *Review) {
	if t.sim == nil || rev.Confirmed || t.sim.words[id] {
		return
	}
	rev.Confirmed = true
	moves := 0
	for i := range rev.Moves {
		if rev.Moves[i].State == MoveProposed {
			moves++
		}
	}
	if w := t.watching(rev.Rule); w != nil && w.Agreed != nil && w.counts(rev.End) {
		w.Agreed(moves)
	}
}

// appealReview files a member's appeal against their own move.
func appealReview(t *turn, o *occasion) error {
	return t.editMove(o, func(mv *Move) {
		if mv.State == MoveProposed {
			mv.State, mv.Appeal = MoveAppealed, o.text("text")
		}
	})
}

// decideAppeal is an officer's word on an appeal: upheld, nobody moves;
// otherwise the move is proposed again.
func decideAppeal(t *turn, o *occasion) error {
	return t.editMove(o, func(mv *Move) {
		if mv.State == MoveAppealed {
			mv.Word = o.text("word")
		}
		switch {
		case mv.State != MoveAppealed:
		case o.event.Prop("uphold").Num != 0:
			mv.State = moveUpheld
		default:
			mv.State = MoveProposed
		}
	})
}

func (t *turn) editMove(o *occasion, edit func(*Move)) error {
	id := o.text("review")
	rev, err := t.review(id)
	if err != nil || rev == nil {
		return err
	}
	for i := range rev.Moves {
		if rev.Moves[i].Member == o.member.ID {
			edit(&rev.Moves[i])
		}
	}
	t.saveReview(id, rev)
	return nil
}

// confirmReview is the officers' word: every proposed move happens, but for
// those of the members listed in "skip". A word given during the notice counts
// when it ends; until then members may appeal.
func confirmReview(t *turn, o *occasion) error {
	id := o.text("review")
	rev, err := t.review(id)
	if err != nil || rev == nil {
		return err
	}
	r := t.view.begunBy(rev.Rule, rev.Version)
	if r == nil || r.Review == nil {
		return nil
	}
	skip := o.event.Prop("skip").List
	for i := range rev.Moves {
		mv := &rev.Moves[i]
		if mv.State == MoveProposed && slices.ContainsFunc(skip, func(v engine.Value) bool { return v.Str == mv.Member }) {
			mv.State = moveSkipped
		}
	}
	if rev.Confirmed = true; o.event.At >= rev.Until {
		if err := (&reviewing{turn: t, o: o, r: r, rev: rev}).carryOut(); err != nil {
			return err
		}
	}
	t.saveReview(id, rev)
	return nil
}

// correctionID is the review that proposes to correct another.
func correctionID(id string) string { return id + "+late" }

// correctReview looks again 48 h after the period, when late events have come:
// a ranking that would move other people becomes a review of its own, which
// waits for the officers' word; nothing is changed silently.
func (t *turn) correctReview(o *occasion, b *timerBody, due engine.Time) error {
	rev, err := t.review(b.Key)
	if err != nil || rev == nil {
		return err
	}
	r := t.view.begunBy(rev.Rule, rev.Version)
	if r == nil || r.Review == nil {
		return nil
	}
	again, err := t.newReview(r, b.Ref)
	if err != nil {
		return err
	}
	if err := (&reviewing{turn: t, o: o, r: r, rev: again, again: rev.frozen()}).rank(); err != nil {
		return err
	}
	again.Moves, again.Corrects = corrections(rev.Moves, again.Moves), b.Key
	if len(again.Moves) == 0 || r.Shadow || !rev.scoresDiffer(again) {
		return nil
	}
	t.saveReview(correctionID(b.Key), again)
	t.item(due, engine.Item{Kind: "task", State: "open", Owner: operators, Rule: rev.Rule}, map[string]any{
		"review": correctionID(b.Key), "reason": "review_correction", "moves": again.Moves, "text": engine.Text{
			En: "late events change review " + b.Key + ": " + strconv.Itoa(len(again.Moves)) + " corrections wait for a word",
			Zh: "迟到的事件改变了评审 " + b.Key + "，有 " + strconv.Itoa(len(again.Moves)) + " 项更正待确认"}})
	return nil
}

// scoresDiffer is whether somebody's score changed: what else a move asks for
// may differ because people have been moved since.
func (rev *Review) scoresDiffer(again *Review) bool {
	was := map[string]Ranked{}
	for _, list := range rev.frozen() {
		for _, x := range list {
			was[x.Member] = x
		}
	}
	for _, list := range again.frozen() {
		for _, x := range list {
			if y := was[x.Member]; y.Reason != x.Reason || !y.Score.Equal(x.Score) || y.ActiveDays != x.ActiveDays {
				return true
			}
		}
	}
	return false
}

// corrections are the moves that lead from what was decided to what would be.
func corrections(was, now []Move) []Move {
	lacks := func(list []Move, m Move) bool {
		return !slices.ContainsFunc(list, func(x Move) bool { return x.Member == m.Member && x.Kind == m.Kind })
	}
	var out []Move
	for _, m := range was {
		switch {
		case !lacks(now, m):
		case m.State == moveDone:
			out = append(out, Move{Member: m.Member, Kind: moveUndo, From: m.To, To: m.From, State: MoveProposed})
		case m.open():
			out = append(out, Move{Member: m.Member, Kind: moveWithdraw, From: m.From, To: m.To, State: MoveProposed})
		}
	}
	for _, m := range now {
		if lacks(was, m) {
			out = append(out, m)
		}
	}
	return out
}

// withdraw takes a move back that the corrected review only proposes yet.
func (t *turn) withdraw(rev *Review, mv *Move) error {
	of, err := t.review(rev.Corrects)
	if err != nil || of == nil {
		return err
	}
	mv.State = moveFailed
	for i := range of.Moves {
		if m := &of.Moves[i]; m.Member == mv.Member && m.From == mv.From && m.To == mv.To && m.open() {
			m.State, mv.State = moveSkipped, moveDone
		}
	}
	t.saveReview(rev.Corrects, of)
	return nil
}
