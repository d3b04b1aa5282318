package window

// Within is whether another plan's shape keeps everything that this plan's
// shape asks for: cells kept for it can then be read without rebuilding them.
func (p *Plan) Within(shape int, other *Plan, theirs int) bool {
	s, o := p.shapes[shape], other.shapes[theirs]
	return o.lay.covers(s.lay) && s.lookback <= o.lookback && s.dayKeep <= o.dayKeep
}
