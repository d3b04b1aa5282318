package engine

import "fmt"

// Revive makes a delivery that ended without arriving pending again, as an
// operator asked; its key stays, so a remote that de-duplicates still can.
func (d *Delivery) Revive(now, notAfter Time) error {
	switch d.State {
	case DeliveryDead, DeliveryExpired, DeliveryDropped, DeliveryUncertain:
	default:
		return Conflict(Text{
			En: fmt.Sprintf("delivery %s is %s; only one that is dead, expired, dropped or uncertain can be sent again", d.ID, d.State),
			Zh: fmt.Sprintf("投递 %s 的状态为 %s，只有失败、过期、拦截或结果不明的投递才能重发", d.ID, d.State),
		})
	}
	d.State, d.Due, d.NotAfter = DeliveryPending, now, notAfter
	d.Because, d.Attempts, d.SentAt, d.Lease = "", 0, 0, 0
	d.RemoteID, d.Code, d.Detail = "", "", ""
	return nil
}
