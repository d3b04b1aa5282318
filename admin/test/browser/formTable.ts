import type { Locator, Page } from 'playwright-core'

// Every form of the console, a line or two each: where it is, how it is opened, what to type wrong, which fields must say so,
// what to type right. forms.test.ts walks through each; unit/forms.test.ts fails when a component with a form is not here.
// A field is the key of its label's text; zh:key is its Chinese half, css:selector whatever it is found by, and #1 the second of them.

type Get = (path: string) => Promise<Record<string, unknown>>
export interface Hand {
  page: Page
  box(): Locator
  item(field: string): Locator
  press(key: string, named?: Record<string, string>): Promise<void> // a button, by the key of its text
  choose(field: string, option: string): Promise<void> // of a list that opens
  put(path: string, body: object): Promise<void>
}
export interface Form {
  name: string
  of: string[] // the components that it goes through, below src/
  at: string // {ada} and {bo} are members' ids
  open?: (h: Hand) => Promise<void>
  box?: string // where it stands on its page; otherwise it is the drawer or dialog on top
  empty?: string[] // the fields with a problem when it is sent as it opens
  wrong?: Record<string, string>
  faults?: string[] // the fields with a problem when what is wrong is sent
  choose?: (h: Hand) => Promise<void> // what is not typed
  right: Record<string, string>
  save: string
  asks?: true // it changes nothing
  twice?: string // why its answer is not lost on the way: sent again it cannot be the same
  count?: (get: Get) => Promise<number> // goes up by one, and not by two
  done?: (h: Hand) => Promise<void> // otherwise the box is gone
}

const size = (path: string) => async (get: Get): Promise<number> => ((await get(path)).items as unknown[]).length
const key = 'css:input[name=key]'
const title = 'zh:common.title'
const more = (act: string) => async (h: Hand): Promise<void> => {
  await h.press('common.readMore')
  await h.page.getByRole('menuitem', { name: act, exact: true }).click()
}
const member = async (h: Hand, name: string): Promise<void> => {
  await h.box().locator('.el-select input').first().fill(name)
  await h.page.getByRole('option', { name, exact: true }).click()
}
const said = (text: string) => async (h: Hand): Promise<void> => h.page.getByText(text).first().waitFor()
const definition = (at: string, opens: string, of: string[], more: Pick<Form, 'wrong' | 'faults' | 'right'> & Partial<Form>): Form => ({
  name: of[0] as string, of: [...of, 'parts/DefinitionForm.vue', 'parts/FormDrawer.vue', 'parts/TextPair.vue'], at, open: (h) => h.press(opens), save: 'common.save', ...more,
})

export const forms: Form[] = [
  definition('rewards?kind=coupon', 'rewards.new', ['pages/rewards/RewardForm.vue'], { empty: [key, title], wrong: { [key]: 'A B', 'rewards.stock': 'abc' }, faults: [key, title, 'rewards.stock'], right: { [key]: 'pool', [title]: '券', 'rewards.stock': '5' }, count: size('rewards') }),
  definition('groups', 'groups.new', ['pages/groups/GroupForm.vue'], { empty: [key, title], wrong: { [key]: 'A B', 'groups.capacity': 'abc', 'groups.fee': '-3' }, faults: [key, title, 'groups.capacity', 'groups.fee'], right: { [key]: 'readers', [title]: '读书会', 'groups.capacity': '9', 'groups.fee': '0' }, count: size('groups') }),
  definition('ladders', 'ladders.new', ['pages/ladders/LadderForm.vue'], { empty: [key, title, 'css:input[name=tier-0]', `${title}#1`], wrong: { 'css:input[name=tier-0]': 'A B' }, faults: [key, title, 'css:input[name=tier-0]', `${title}#1`], right: { [key]: 'writers', [title]: '作者', 'css:input[name=tier-0]': 'new', [`${title}#1`]: '新人' }, count: size('ladders') }),
  definition('definitions/event-types', 'definitions.types.new', ['pages/definitions/EventTypeForm.vue', 'pages/definitions/FieldEdit.vue'], {
    open: async (h) => {
      await h.press('definitions.types.new')
      await h.press('definitions.types.addField')
    },
    empty: [key, title, 'css:input[name=field-0]'], wrong: { [key]: 'a b', 'definitions.types.coveredFrom': '去年' }, faults: [key, title, 'css:input[name=field-0]', 'definitions.types.coveredFrom'],
    right: { [key]: '步行', [title]: '步行', 'css:input[name=field-0]': '步数', 'definitions.types.coveredFrom': '2026-01-01T00:00:00+08:00' }, count: async (get) => ((await get('event-types?limit=1000')).items as { key: string }[]).filter((x) => x.key === '步行').length,
  }),
  definition('definitions/attributes', 'definitions.attributes.new', ['pages/definitions/AttributeList.vue', 'pages/definitions/FieldEdit.vue'], { empty: [key], wrong: { [key]: 'a b' }, faults: [key], right: { [key]: '城市', [title]: '城市' }, count: size('attributes') }),
  definition('definitions/segments', 'definitions.segments.new', ['pages/definitions/SegmentForm.vue'], { empty: [key, title, 'definitions.segments.where'], wrong: { [key]: 'A B', 'definitions.segments.where': 'member.tier == ' }, faults: [key, title, 'definitions.segments.where'], right: { [key]: 'regulars', [title]: '常客', 'definitions.segments.where': 'member.rank >= 2' }, count: size('segments') }),
  {
    name: 'channel', of: ['pages/channels/ChannelForm.vue', 'parts/SchemaForm.vue', 'parts/SecretInput.vue'], at: 'channels', save: 'common.save',
    open: async (h) => {
      await h.press('channels.new')
      await h.choose('channels.plugin', '电子邮件')
    },
    empty: [key, 'label:SMTP 服务器', 'label:发件人'], wrong: { [key]: 'A B', 'label:端口': '70000', 'channels.perMinute': '-1' }, faults: [key, 'label:SMTP 服务器', 'label:端口', 'label:发件人', 'channels.perMinute'],
    right: { [key]: 'mail', 'label:SMTP 服务器': '127.0.0.1', 'label:端口': '1', 'label:发件人': 'club@example.com', 'label:密码': 's3cret-word', 'channels.perMinute': '60' }, count: size('channels'),
  },
  { name: 'test message', of: ['pages/channels/TestMessage.vue'], at: 'channels/box', box: 'section:has(textarea[name=test-text])', wrong: { 'channels.testText': '' }, faults: ['channels.testText'], right: { 'channels.testText': '有人吗' }, save: 'channels.testGo', done: async (h) => h.box().locator('.el-alert--success').waitFor() },
  { name: 'template', of: ['pages/templates/TemplatePage.vue', 'pages/templates/BodyEdit.vue', 'parts/TextPair.vue'], at: 'templates/new', box: 'main', empty: [key, 'css:textarea[name=body-zh]'], wrong: { [key]: 'A B', 'css:textarea[name=body-zh]': '{{ foo }}' }, faults: [key, 'css:textarea[name=body-zh]'], right: { [key]: 'hello', 'css:textarea[name=body-zh]': '你好 {{ member.name }}' }, save: 'common.save', count: size('templates'), done: (h) => h.page.waitForURL('**/templates/hello') },
  { name: 'user', of: ['pages/settings/UserForm.vue', 'parts/FormDrawer.vue'], at: 'settings/users', open: (h) => h.press('settings.userAdd'), empty: ['settings.login'], wrong: { 'settings.login': 'a b', 'settings.email': 'x' }, faults: ['settings.login', 'settings.email'], right: { 'settings.login': 'bo', 'settings.email': 'bo@example.com' }, save: 'common.save', count: size('users'), done: async (h) => h.page.locator('pre.text').waitFor() },
  { name: 'token', of: ['pages/settings/TokenForm.vue'], at: 'settings/tokens', open: (h) => h.press('settings.tokenAdd'), empty: ['common.name'], wrong: { 'css:input[name=until]': '2020-01-01' }, faults: ['common.name', 'css:input[name=until]'], right: { 'common.name': 'shop', 'css:input[name=until]': '2036-01-01' }, save: 'common.create', count: size('tokens'), twice: 'the secret of a token is shown once and kept nowhere, also not for its repetition', done: async (h) => h.page.locator('pre.text').waitFor() },
  { name: 'settings', of: ['pages/settings/WorkspaceForm.vue', 'pages/settings/WorkdayTable.vue'], at: 'settings', box: 'main form', wrong: { 'settings.fields.currency': 'yua' }, faults: ['settings.fields.currency'], right: { 'settings.fields.currency': 'USD' }, save: 'common.save', count: async (get) => ((await get('settings')).currency === 'USD' ? 1 : 0), done: said('已保存') },
  { name: 'password', of: ['pages/settings/PasswordForm.vue'], at: 'settings/account', box: 'form:has(input[name=current])', empty: ['settings.current', 'settings.fresh'], wrong: { 'settings.current': 'not it', 'settings.fresh': 'short' }, faults: ['settings.current', 'settings.fresh'], right: { 'settings.current': '{password}', 'settings.fresh': '{password}' }, save: 'settings.changePassword', twice: 'once it was changed the current password is another', done: async (h) => h.page.locator('.el-message--success').waitFor() },
  { name: 'second factor', of: ['pages/settings/SecondFactor.vue'], at: 'settings/account', box: 'form:has(input[name=factor-password])', empty: ['settings.current'], wrong: { 'settings.current': 'not it' }, faults: ['settings.current'], right: { 'settings.current': '{password}' }, save: 'settings.factorBegin', twice: 'each begin makes another key', done: async (h) => h.page.locator('pre.key').waitFor() },
  { name: 'points', of: ['pages/members/ActDrawer.vue', 'parts/FormDrawer.vue'], at: 'members/{ada}', open: (h) => h.press('members.act.points'), wrong: { 'members.amount': '' }, faults: ['members.amount', 'members.reason'], right: { 'members.amount': '7', 'members.reason': '活动协助' }, save: 'common.save', count: size('members/{ada}/points') },
  { name: 'tag', of: ['pages/members/ActDrawer.vue'], at: 'members/{ada}', open: (h) => h.press('members.act.addTag'), empty: ['members.tag'], right: { 'members.tag': '常客' }, save: 'common.save', count: async (get) => ((await get('members/{ada}')).tags as string[] | undefined)?.length ?? 0 },
  { name: 'badge', of: ['pages/members/ActDrawer.vue'], at: 'members/{ada}', open: more('授予徽章'), empty: ['members.badge'], choose: (h) => h.choose('members.badge', '星'), right: {}, save: 'common.save', count: async (get) => Object.keys((await get('members/{ada}')).badges ?? {}).length },
  { name: 'tier', of: ['pages/members/ActDrawer.vue'], at: 'members/{bo}', open: more('调整层级'), empty: ['members.tier', 'members.reason'], choose: (h) => h.choose('members.tier', '活跃者'), right: { 'members.reason': '线下活动' }, save: 'common.save', count: async (get) => (JSON.stringify((await get('members/{bo}')).tiers ?? {}).includes('"active"') ? 1 : 0) },
  { name: 'note', of: ['pages/members/MemberNotes.vue'], at: 'members/{ada}?tab=notes', box: 'form.write', empty: ['css:textarea'], right: { 'css:textarea': '喜欢早上跑步' }, save: 'members.writeNote', count: size('members/{ada}/notes'), done: async (h) => h.page.getByText('喜欢早上跑步').last().waitFor() },
  { name: 'why', of: ['pages/members/MemberWhy.vue'], at: 'members/{ada}?tab=why', box: 'form.ask', empty: ['members.rule'], choose: (h) => h.choose('members.rule', '签到'), right: {}, save: 'members.why.ask', asks: true, done: async (h) => h.page.locator('.el-tab-pane').getByText('签到').first().waitFor() },
  { name: 'many members', of: ['pages/members/BulkDialog.vue'], at: 'members?q=ada', open: (h) => h.press('members.bulk.openAll'), empty: ['members.tag'], right: { 'members.tag': '批量' }, save: 'members.bulk.run', count: size('jobs') },
  { name: 'saved view', of: ['pages/members/SaveView.vue'], at: 'members?where=member.rank%20%3E%3D%201', open: async (h) => {
    await h.press('members.views.save')
    await h.box().getByText('人群，所有人与规则可用').click()
  }, empty: ['common.name', 'common.key'], wrong: { 'common.key': 'A B' }, faults: ['common.name', 'common.key'], right: { 'common.name': '活跃', 'common.key': 'ranked' }, save: 'common.save', count: size('segments') },
  { name: 'merge', of: ['pages/members/MergeDialog.vue'], at: 'members/{ada}', open: more('合并'), empty: ['css:.el-select'], choose: (h) => member(h, 'dora'), right: {}, save: 'members.act.merge', count: async (get) => ((await get('members/{ada}')).identities as unknown[]).length },
  { name: 'into a group', of: ['pages/groups/GroupMembers.vue'], at: 'groups/open-room?tab=members', box: 'form.bar', empty: ['css:.el-select'], choose: (h) => member(h, 'ada'), right: {}, save: 'groups.add', count: size('groups/open-room/members'), done: async (h) => h.page.getByRole('cell', { name: 'ada' }).first().waitFor() },
  { name: 'officer', of: ['pages/groups/GroupOfficers.vue'], at: 'groups/runners?tab=officers', open: (h) => h.page.getByRole('button', { name: '任命: 记录员' }).or(h.page.getByRole('button', { name: /^任命/ })).first().click(), empty: ['css:.el-select'], choose: (h) => member(h, 'ada'), right: {}, save: 'groups.appoint', count: async (get) => ((await get('groups/runners/officers')).items as unknown[]).length },
  { name: 'who waits is declined', of: ['pages/groups/WaitingList.vue', 'parts/ReasonDialog.vue', 'pages/today/WorkItem.vue'], at: 'groups/runners?tab=entry', open: (h) => h.page.getByRole('button', { name: '拒绝 bo', exact: true }).click(), right: { 'css:input[name=reason]': '不再跑步' }, save: 'groups.decline', count: async (get) => 9 - ((await get('groups/runners/waiting')).items as unknown[]).length },
  { name: 'a batch is let in', of: ['pages/groups/WaitingList.vue'], at: 'groups/runners?tab=entry', open: async (h) => {
    await h.put('groups/runners', { title: { zh: '跑团' }, capacity: 2 })
    await h.page.reload()
    await h.press('groups.release')
  }, right: {}, save: 'groups.release', count: async (get) => 9 - ((await get('groups/runners/waiting')).items as unknown[]).length },
  { name: 'new rule', of: ['pages/rules/NewRule.vue'], at: 'rules/new', box: 'main form', empty: ['css:input'], wrong: { 'css:input': 'A B' }, faults: ['css:input'], right: {}, save: 'common.next', twice: 'it sends nothing' },
  { name: 'publish', of: ['pages/rules/bench/PublishDialog.vue'], at: 'rules/draft', open: (h) => h.press('rules.publish'), right: {}, save: 'rules.publish', count: async (get) => ((await get('rules/draft')).version as number | undefined) ?? 0 },
  { name: 'try', of: ['pages/rules/bench/TryPanel.vue'], at: 'rules/check?tab=try', box: 'form.try', choose: (h) => member(h, 'ada'), right: {}, save: 'rules.try.run', asks: true, done: async (h) => h.page.locator('.el-tab-pane section').first().waitFor() },
  { name: 'back-test', of: ['pages/rules/bench/BacktestPanel.vue'], at: 'rules/check?tab=backtest', box: '#pane-backtest form.ask', wrong: { 'css:input': 'foo ==' }, faults: ['css:input'], right: { 'css:input': 'member.rank >= 0' }, save: 'rules.backtest.run', asks: true, done: async (h) => h.page.locator('#pane-backtest .change').waitFor() },
  { name: 'import', of: ['pages/members/ImportPage.vue', 'pages/members/ImportColumns.vue'], at: 'members/import', box: 'main', open: async (h) => {
    await h.page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('email,nickname\nzoe@example.org,Zoe\n') })
    await h.page.getByRole('button', { name: '导入 1 行' }).waitFor()
  }, right: {}, save: 'label:导入 1 行', twice: 'a member who is there already is not made again: a repeated import finds nothing to do', count: async (get) => ((await get('members?q=zoe')).items as unknown[]).length, done: said('已导入：1') },
  { name: 'erase', of: ['pages/members/EraseDialog.vue'], at: 'members/{eve}', open: more('抹除'), right: { 'css:input': '{eve}' }, save: 'members.act.erase', twice: 'who was erased is not found again', count: async (get) => 9 - ((await get('members?q=eve')).items as unknown[]).length, done: (h) => h.page.waitForURL('**/members') },
]

/** Components that send, or ask, and are none of the forms above, each with why. */
export const noForms: Record<string, string> = {
  'frame/SignInAgain.vue': 'holds SignInForm; every form above goes through it',
  'pages/access/SignInForm.vue': 'before a session: its own test in forms.test.ts',
  'pages/access/SetUp.vue': 'before a session: its own test in forms.test.ts',
  'pages/access/JoinByLink.vue': 'before a session: its own test in forms.test.ts',
  'pages/campaigns/CampaignPage.vue': 'reads only',
  'pages/channels/ChannelHealth.vue': 'reads only',
  'pages/channels/ChannelPage.vue': 'reads only; holds ChannelForm',
  'pages/channels/IngressPanel.vue': 'buttons, nothing is typed: channels.test.ts',
  'pages/gallery/GalleryPage.vue': 'a button, nothing is typed: gallery.test.ts',
  'pages/groups/GroupOverview.vue': 'each choice is sent as it is made: groups.test.ts',
  'pages/members/MemberConsent.vue': 'switches and buttons: members.test.ts',
  'pages/members/MemberPage.vue': 'buttons with an undo; holds the forms above',
  'pages/members/MemberProgress.vue': 'reads only',
  'pages/reviews/ConfirmReview.vue': 'needs the sample community: review.test.ts',
  'pages/reviews/StandingDrawer.vue': 'needs the sample community: review.test.ts, with a connection that is lost',
  'pages/rules/bench/DecisionList.vue': 'a button, nothing is typed: hour.test.ts',
  'pages/rules/bench/RunNow.vue': 'a button that says whom it reaches first: workbench.test.ts',
  'pages/rules/bench/UndoPanel.vue': 'a button that asks first: workbench.test.ts',
  'pages/rules/bench/BenchPage.vue': 'the rule itself, by the builder and as text: rough.test.ts and workbench.test.ts',
  'pages/settings/AuditLog.vue': 'filters only',
  'pages/settings/MyAccount.vue': 'buttons; holds PasswordForm and SecondFactor',
  'pages/settings/TokenList.vue': 'a button that asks first; holds TokenForm',
  'parts/DecisionWhy.vue': 'reads only',
  'pages/settings/UserList.vue': 'buttons that ask first; holds UserForm',
}
