package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// coupon is the body of an item of kind "coupon".
type coupon struct {
	Pool string `json:"pool"`
	Code string `json:"code"`
	Seed string `json:"seed,omitempty"` // of a draw: what the place in the pool was computed from
}

func (x *deed) issueCoupon() error { return x.fromPool("") }

// draw takes a place of the pool by a hash of the decision, which it records,
// so that anybody can compute it again.
func (x *deed) draw() error {
	seed := sha256.Sum256([]byte(x.ws + "\x00" + engine.EffectKey(x.d.rule.Key, x.d.Subject, x.d.Occurrence, x.number)))
	return x.fromPool(hex.EncodeToString(seed[:16]))
}

// fromPool hands out one coupon of a pool: the next code, or a drawn one.
func (x *deed) fromPool(seed string) error {
	key := x.v.text("pool")
	pool := x.view.Defs.Rewards[key]
	if pool == nil {
		x.made.Reason = engine.NoStock
		return nil
	}
	mark := StockKey(key)
	issued, err := x.counter(mark)
	if err != nil {
		return err
	}
	stock := pool.Stock
	if len(pool.Codes) > 0 {
		stock = int64(len(pool.Codes))
	}
	if issued >= stock {
		x.made.Reason = engine.NoStock
		return nil
	}
	place, err := x.place(key, seed, issued, stock)
	if err != nil {
		return err
	}
	if place >= stock { // codes were taken out of the pool since they were shuffled
		x.made.Reason = engine.NoStock
		return nil
	}
	x.setCounter(mark, issued+1)
	c := coupon{Pool: key, Seed: seed, Code: fmt.Sprintf("%s-%d", key, place+1)}
	if len(pool.Codes) > 0 {
		c.Code = pool.Codes[place]
	}
	x.made.Ref = x.item(x.d.at, engine.Item{Kind: "coupon", State: "issued", Member: x.member.ID, Rule: x.d.rule.Key}, c)
	x.setMark(couponKey(x.member.ID, key), mustJSON(issuedCoupon{ID: x.made.Ref, coupon: c}))
	return nil
}

// issuedCoupon is the member's newest coupon of a pool, as a mark, because a
// turn cannot read items.
type issuedCoupon struct {
	ID string `json:"id"`
	coupon
}

// place is which coupon of the pool is handed out. Draws shuffle lazily: the
// drawn place is swapped with the last free one, as marks, so that each is
// handed out once.
func (x *deed) place(pool, seed string, issued, stock int64) (int64, error) {
	free := stock - issued
	n := int64(0)
	if seed != "" {
		raw, err := hex.DecodeString(seed)
		if err != nil {
			return 0, err
		}
		n = int64(binary.BigEndian.Uint64(raw) % uint64(free))
	}
	at := func(i int64) (int64, error) {
		v, err := x.counter(keyOf("pool", pool, strconv.FormatInt(i, 10)))
		if v == 0 {
			return i, err
		}
		return v - 1, err
	}
	// Places are numbered from the end of the free ones, so that handing out in
	// order (n = 0 of a pool that was never drawn from) walks them first to last.
	i := issued + n
	chosen, err := at(i)
	if err != nil {
		return 0, err
	}
	first, err := at(issued)
	if err != nil {
		return 0, err
	}
	if n != 0 {
		x.setCounter(keyOf("pool", pool, strconv.FormatInt(i, 10)), first+1)
	}
	return chosen, nil
}

// revokeCoupon voids the member's newest coupon of a pool.
func (x *deed) revokeCoupon() error {
	var c issuedCoupon
	ok, err := x.recallMark(couponKey(x.member.ID, x.v.text("pool")), &c)
	if err != nil {
		return err
	}
	if !ok {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	x.made.Ref = c.ID
	x.voidCoupon(c)
	return nil
}

// voidCoupon marks a coupon as taken back. Its code is not handed out again:
// somebody has seen it.
func (x *deed) voidCoupon(c issuedCoupon) {
	x.setMark(couponKey(x.member.ID, c.Pool), nil)
	x.changes.Items = append(x.changes.Items, engine.Item{Kind: "coupon", ID: c.ID, State: "void", Member: x.member.ID,
		Rule: x.d.rule.Key, At: x.d.at, Version: x.d.Position, Body: mustJSON(c.coupon)})
}
