import type { SyntaxNode } from '@lezer/common'
import { expect, test } from 'vitest'
import { anew, print } from '@/builder/print'
import { literal, operands, read, wellFormed } from '@/builder/read'
import { Random, condition } from './conditions'

// The meaning of an expression: its tree without brackets, with equal ways of writing made one.
function meaning(source: string): string {
  const top = wellFormed(source)
  if (!top) return `? ${source}`
  const tree = (n: SyntaxNode): string => {
    const text = source.slice(n.from, n.to)
    const kids = operands(n)
    if (n.name === 'Paren') return tree(kids[0] as SyntaxNode)
    if (n.name === 'Or' || n.name === 'And') return `(${n.name} ${chain(n, n.name).join(' ')})`
    if (n.name === 'String') return JSON.stringify(literal(text) ?? text)
    if (!kids.length) return n.name === 'ArgList' || n.name === 'List' || n.name === 'Map' ? n.name : text.replace(/\s/g, '')
    const signs: string[] = []
    for (let c = n.firstChild; c; c = c.nextSibling) if (!kids.some((k) => k.from === c.from && k.to === c.to) && !/^[()[\]{},]$/.test(c.name)) signs.push(source.slice(c.from, c.to).replace(/\s+/g, ' ').replace('!', n.name === 'Not' ? 'not' : '!'))
    return `(${n.name} ${signs.join('')} ${kids.map(tree).join(' ')})`
  }
  const chain = (n: SyntaxNode, name: string): string[] =>
    operands(n).flatMap((kid) => {
      let inner = kid
      while (inner.name === 'Paren') inner = operands(inner)[0] as SyntaxNode
      return inner.name === name ? chain(inner, name) : [tree(kid)]
    })
  return tree(top)
}

test('conditions become sentences', () => {
  const shapes: [string, unknown][] = [
    ['events("message.sent", "7d").count() >= 3', { kind: 'sentence', op: '>=', value: { kind: 'number', text: '3' }, subject: { kind: 'events', of: 'events', type: 'message.sent', window: '7d', filter: [], measure: 'count' } }],
    ['events("order.paid", period, {product: "m"}).sum("amount") > 0.5', { kind: 'sentence', op: '>', value: { kind: 'number', text: '0.5' }, subject: { kind: 'events', of: 'events', type: 'order.paid', window: '', filter: [{ name: 'product', value: { kind: 'text', text: 'm' } }], measure: 'sum', field: 'amount' } }],
    ['"vip" in member.tags', { kind: 'sentence', op: 'has', value: { kind: 'text', text: 'vip' }, subject: { kind: 'name', path: 'member.tags' } }],
    ['(member.attrs.age ?? 0) >= 18', { kind: 'sentence', op: '>=', value: { kind: 'number', text: '18' }, subject: { kind: 'name', path: 'member.attrs.age', otherwise: { kind: 'number', text: '0' } } }],
    ['member.rank >= tier("active")', { kind: 'sentence', op: '>=', value: { kind: 'source', source: 'tier("active")' }, subject: { kind: 'name', path: 'member.rank' } }],
    ['not has_badge("helper")', { kind: 'not', of: { kind: 'fact', subject: { kind: 'call', name: 'has_badge', args: [{ kind: 'text', text: 'helper' }] } } }],
    ['any(member.tags, # startsWith "vip")', { kind: 'advanced' }],
    ['a ? b : c', { kind: 'advanced' }],
    ['1 +', { kind: 'advanced' }],
    ['member.left // for now', { kind: 'advanced' }],
  ]
  for (const [source, shape] of shapes) {
    expect(read(source), source).toMatchObject(shape as object)
    expect(print(read(source))).toBe(source)
  }
})

test('brackets stand where the meaning needs them', () => {
  const one = { kind: 'advanced', source: 'a or b' } as const
  const two = { kind: 'advanced', source: 'c // why' } as const
  expect(print({ kind: 'group', join: 'and', of: [one, two] })).toBe('(a or b) and (c // why\n)')
  expect(print({ kind: 'not', of: { kind: 'advanced', source: 'a == b' } })).toBe('not (a == b)')
  expect(print({ kind: 'group', join: 'or', of: [one, { kind: 'advanced', source: 'a ? b : c' }] })).toBe('a or b or (a ? b : c)')
})

test('whatever is read comes back: as it was when unchanged, with the same meaning when written anew', () => {
  const many = Number(process.env.BYLAW_TEST_CONDITIONS ?? 20_000)
  const r = new Random(20261129)
  let sentences = 0
  for (let i = 0; i < many; i++) {
    const source = condition(r)
    const node = read(source)
    if (print(node) !== source) expect(print(node)).toBe(source)
    const again = print(anew(node))
    if (meaning(again) !== meaning(source)) expect({ source, again, meaning: meaning(again) }).toEqual({ source, again, meaning: meaning(source) })
    if (JSON.stringify(node).includes('"sentence"')) sentences++
  }
  expect(sentences).toBeGreaterThan(many / 4)
}, 3_600_000)
