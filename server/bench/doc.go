// Package bench measures Bylaw as ratios to limits measured in the same run.
package bench
