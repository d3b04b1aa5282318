// Package demo makes the sample community that bylaw serve --demo shows: the
// studio 青禾手作 (Greenfield Makers), a community of people who draw, weave and
// make pots.
//
// The story is made up day by day from a fixed seed (World) and told to the real
// machine as it would have happened (Load): events are accepted in their order,
// schedules fire and reviews open at their local times, somebody confirms reviews
// and works the task list, and messages go out when they are due. Two loads of
// one size leave the same log, ledger and decisions.
//
// What an operator should find in it:
//
//   - Short video (抖音) brings the most newcomers in its week of promotion, costs
//     the most and keeps the fewest; friends (老友推荐) cost little, stay and buy.
//   - A fifth of the members do four fifths of the talking.
//   - Group one (一群) is lively, group two (二群) has a long silent tail, and some of
//     those held back (留级群) wake up.
//   - Orders double before Mid-Autumn; talk dips in the National Day week.
package demo
