// Package trials runs rules where nothing can happen: on the real machine and a
// store in memory that is thrown away. It plays cases, and it counts whom a rule
// would touch.
package trials
