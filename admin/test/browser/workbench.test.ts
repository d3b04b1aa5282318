import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { call, event, publish } from './calls'
import { owned, password, signIn } from './people'
import { Server } from './server'

// One rule from nothing to live: as a sentence and as text, with its cases, tried on one of them.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

const textOf = (): Promise<string> => w.page.locator('.cm-content').innerText()

const paste = (text: string): Promise<void> =>
  w.page.evaluate((text) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', text)
    document.querySelector('.cm-content')?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)

test('a change of the sentence is a change of that place of the text, and the other way round', async () => {
  await w.go('/rules/new')
  await w.page.locator('form input').first().fill('three-a-day')
  await w.page.getByRole('button', { name: 'Next' }).click()
  const value = w.page.getByRole('textbox', { name: 'Value' }).first()
  await value.fill('5')
  await value.press('Enter')
  await w.page.getByText('As text', { exact: true }).click()
  await w.page.locator('.cm-content').waitFor()
  const before = await textOf()
  expect(before).toContain(`when: 'events("message.sent", "today").count() >= 5'`)
  expect(before).toContain('key: three-a-day')
  await w.page.locator('.cm-content').click()
  await w.page.keyboard.press('ControlOrMeta+a')
  await paste(before.replace('>= 5', '>= 3 and (member.points ?? 0) < 900 and any(member.tags, # == "x")').replace(/\n\n/g, '\n'))
  await w.page.getByText('As a sentence', { exact: true }).click()
  const advanced = w.page.getByRole('textbox', { name: 'Advanced, as text' })
  expect(await advanced.inputValue()).toBe('any(member.tags, # == "x")')
  await w.page.getByRole('button', { name: 'Remove', exact: true }).last().click()
  await w.page.getByText('As text', { exact: true }).click()
  await w.page.locator('.cm-content').waitFor()
  expect(await textOf()).toContain('>= 3 and (member.points ?? 0) < 900')
  expect(await textOf()).not.toContain('any(')
})

test('a mistake is shown where it stands, and in the list of problems', async () => {
  const right = await textOf()
  await w.page.locator('.cm-content').click()
  await w.page.keyboard.press('ControlOrMeta+a')
  await paste(right.replace('member.points', 'member.pionts').replace(/\n\n/g, '\n'))
  await w.page.locator('.cm-lintRange-error').first().waitFor()
  await w.page.getByRole('tab', { name: 'Problems (1)' }).click()
  await w.page.getByText('pionts').last().waitFor()
  await w.page.getByRole('button', { name: /^Make it “(member\.)?points”/ }).click() // one click mends it
  await w.page.locator('.cm-lintRange-error').first().waitFor({ state: 'detached' })
  expect(await textOf()).toBe(right)
})

test('a name explains itself when the pointer rests on it', async () => {
  await w.page.getByText('member.points', { exact: false }).first().hover()
  await w.page.locator('.cm-content').getByText('count').first().hover()
  await w.page.locator('.meaning').first().waitFor()
  expect(await w.page.locator('.meaning').first().innerText()).not.toBe('')
})

test('cases run, a case is tried, the rule is saved and goes live', async () => {
  await w.page.getByText('As a sentence', { exact: true }).click()
  await w.page.getByRole('tab', { name: 'Cases' }).click()
  await w.page.getByText('Green').nth(1).waitFor()
  await w.page.getByRole('tab', { name: 'Try' }).click()
  await w.page.getByText('One of its cases').click()
  await w.page.getByRole('combobox', { name: 'Which case' }).press('Enter')
  await w.page.getByRole('option', { name: 'the third message' }).click()
  await w.page.getByRole('button', { name: 'Try it' }).click()
  await w.page.getByText('It would do', { exact: true }).waitFor()
  await w.page.getByRole('button', { name: 'Publish' }).click()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click()
  await w.page.getByText('Version 1 is live.').waitFor()
  expect(w.take()).toEqual([])
  expect(await w.violations()).toEqual([])
  expect(await w.overflow()).toBe(0)
})

/** Sends events as another program would, with the owner's session. */
async function send(...events: object[]): Promise<void> {
  const answer = await w.page.evaluate(async (body) => {
    const r = await fetch('api/v1/events', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    return `${r.status} ${await r.text()}`
  }, JSON.stringify({ events }))
  expect(answer).toMatch(/^200/)
}

test('what it did is seen, the version before comes back, and what was done is taken back', async () => {
  await send(...[1, 2, 3].map((n) => ({ id: `m${n}`, type: 'message.sent', member: { channel: 'web', external_id: 'li' } })))
  await w.page.getByText('As text', { exact: true }).click()
  await w.page.locator('.cm-content').waitFor()
  const first = await textOf()
  await w.page.locator('.cm-content').click()
  await w.page.keyboard.press('ControlOrMeta+a')
  await paste(first.replace('< 900', '< 800').replace(/\n\n/g, '\n'))
  await w.page.getByRole('button', { name: 'Publish' }).click()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click()
  await w.page.getByText('Version 2 is live.').waitFor()
  await w.page.getByRole('tab', { name: 'Versions' }).click()
  await w.page.getByRole('button', { name: 'Compare' }).click()
  await w.page.getByText('From version 1 to version 2').waitFor()
  expect(await w.page.locator('li.change').first().innerText()).toContain('< 800')
  await w.page.getByRole('button', { name: 'Roll back' }).click()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
  await w.page.getByText('Version 1 is in force again.').waitFor()
  await w.page.getByText('What version 2 did', { exact: true }).waitFor()
  await w.page.locator('li.version', { hasText: 'Version 1' }).getByRole('button', { name: 'What it did' }).click()
  await w.page.getByText('What version 1 did', { exact: true }).waitFor()
  await w.page.getByText('1 members, 1 effects').waitFor()
  await w.page.getByRole('button', { name: 'Take them back' }).click()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Take them back' }).click()
  await w.page.getByText('1 effects were taken back.').waitFor()
  expect(w.take()).toEqual([])
  expect(await w.violations()).toEqual([])
})

test('a real decision becomes a case that is green', async () => {
  await w.go('/rules/three-a-day?tab=decisions')
  await w.page.getByRole('button', { name: 'Make it a case' }).first().click()
  await w.page.getByText('The decision is a case of the draft now.').waitFor()
  await w.page.getByRole('tab', { name: 'Cases', selected: true }).waitFor()
  await w.page.getByRole('tabpanel', { name: 'Cases' }).getByText(/message\.sent at \d+/).waitFor()
  expect(w.take()).toEqual([])
  expect(await w.violations()).toEqual([])
})

test('a rule with times of its own runs at once when somebody says so', async () => {
  await event(w, 'run-1', 'message.sent', 'greeted-1')
  await publish(w, { key: 'hello-weekly', kind: 'campaign', title: { en: 'Weekly hello' }, every: '0 9 * * 1', audience: 'not member.left', then: [{ add_tag: { tag: 'greeted' } }] })
  await w.go('/rules/hello-weekly')
  await w.page.getByRole('button', { name: 'Run now' }).click()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click()
  await w.page.getByText('It runs. What it does appears under Decisions.').waitFor()
  await expect.poll(async () => ((await call(w, 'GET', 'members/app:greeted-1')) as { tags?: string[] }).tags ?? [], { timeout: 15_000 }).toContain('greeted')
  await w.go('/rules/three-a-day') // waits for events: there is nothing to run
  await w.page.getByRole('button', { name: 'Pause' }).waitFor()
  expect(await w.page.getByRole('button', { name: 'Run now' }).count()).toBe(0)
  expect(w.take()).toEqual([])
})

test('who may only look finds nothing to change, and why in place', async () => {
  await call(w, 'POST', 'users', { login: 'vi', name: 'Vi', role: 'viewer', password })
  const viewer = await Window.open(server.url)
  await viewer.go('/rules/three-a-day?tab=decisions')
  await signIn(viewer, 'vi')
  const sentence = viewer.page.locator('.sentence')
  await sentence.getByRole('textbox', { name: 'Value' }).first().waitFor()
  expect(await sentence.locator('input:not([disabled]), button:not([disabled])').count()).toBe(0)
  expect(await viewer.page.getByRole('button', { name: /^(Publish|Save draft|Pause|Roll back)$/ }).count()).toBe(0)
  await viewer.page.getByRole('link', { name: 'li' }).first().waitFor()
  await viewer.page.getByRole('button', { name: 'Why' }).first().click()
  await viewer.page.locator('article.why').getByText('needs 3').first().waitFor()
  expect(viewer.take(/401/)).toEqual([])
  expect(await viewer.violations()).toEqual([])
  await viewer.close()
})
