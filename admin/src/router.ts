import { createRouter, createWebHistory, type RouteLocationNormalizedLoaded, type RouteRecordRaw } from 'vue-router'
import { base } from './api/client'
import { t } from './i18n'
import { useSession, type Role } from './stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    alone?: boolean // without the frame, and for anybody
    nav?: string // the entry of the menu it belongs to
    title?: string // key of its title
    stay?: boolean // its parameters change within the page
    needs?: Role // whose role is less reads that it is not for them
  }
}

// One line a page. A page loads what it needs when it is opened.
const routes: RouteRecordRaw[] = [
  { path: '/signin', name: 'signin', meta: { alone: true, title: 'access.signIn' }, component: () => import('./pages/access/SignIn.vue') },
  { path: '/setup', name: 'setup', meta: { alone: true, title: 'access.setUp' }, component: () => import('./pages/access/SetUp.vue') },
  { path: '/join', name: 'join', meta: { alone: true, title: 'settings.joinTitle' }, component: () => import('./pages/access/JoinByLink.vue') },
  { path: '/', name: 'today', meta: { nav: 'today', title: 'frame.nav.today' }, component: () => import('./pages/today/TodayPage.vue') },
  { path: '/members', name: 'members', meta: { nav: 'members', title: 'frame.nav.members' }, component: () => import('./pages/members/MemberList.vue') },
  { path: '/members/import', name: 'import', meta: { nav: 'members', title: 'members.import.title', needs: 'operator' }, component: () => import('./pages/members/ImportPage.vue') },
  { path: '/members/:member', name: 'member', props: true, meta: { nav: 'members', title: 'frame.nav.members' }, component: () => import('./pages/members/MemberPage.vue') },
  { path: '/rules', name: 'rules', meta: { nav: 'rules', title: 'frame.nav.rules' }, component: () => import('./pages/rules/RuleList.vue') },
  { path: '/rules/new', name: 'rule-new', meta: { nav: 'rules', title: 'rules.new', needs: 'operator' }, component: () => import('./pages/rules/NewRule.vue') },
  { path: '/gallery', name: 'gallery', meta: { nav: 'rules', title: 'gallery.title' }, component: () => import('./pages/gallery/GalleryPage.vue') },
  { path: '/rules/:rule', name: 'rule', props: true, meta: { nav: 'rules', title: 'frame.nav.rules' }, component: () => import('./pages/rules/bench/BenchPage.vue') },
  { path: '/groups', name: 'groups', meta: { nav: 'groups', title: 'frame.nav.groups' }, component: () => import('./pages/groups/GroupList.vue') },
  { path: '/groups/:group', name: 'group', props: true, meta: { nav: 'groups', title: 'frame.nav.groups' }, component: () => import('./pages/groups/GroupPage.vue') },
  { path: '/ladders', name: 'ladders', meta: { nav: 'groups', title: 'frame.more.ladders' }, component: () => import('./pages/ladders/LadderList.vue') },
  { path: '/reviews', name: 'reviews', meta: { nav: 'groups', title: 'frame.more.reviews' }, component: () => import('./pages/reviews/ReviewList.vue') },
  { path: '/reviews/:review', name: 'review', props: true, meta: { nav: 'groups', title: 'frame.more.reviews' }, component: () => import('./pages/reviews/ReviewPage.vue') },
  { path: '/channels', name: 'channels', meta: { nav: 'channels', title: 'frame.nav.channels' }, component: () => import('./pages/channels/ChannelList.vue') },
  { path: '/channels/:channel', name: 'channel', props: true, meta: { nav: 'channels', title: 'frame.nav.channels' }, component: () => import('./pages/channels/ChannelPage.vue') },
  { path: '/deliveries', name: 'deliveries', meta: { nav: 'channels', title: 'frame.more.deliveries', needs: 'analyst' }, component: () => import('./pages/deliveries/DeliveryList.vue') },
  { path: '/rewards', name: 'rewards', meta: { nav: 'rewards', title: 'frame.nav.rewards' }, component: () => import('./pages/rewards/RewardList.vue') },
  { path: '/campaigns', name: 'campaigns', meta: { nav: 'campaigns', title: 'frame.nav.campaigns' }, component: () => import('./pages/campaigns/CampaignPage.vue') },
  { path: '/reports', name: 'reports', meta: { nav: 'reports', title: 'frame.nav.reports' }, component: () => import('./pages/reports/ReportsPage.vue') },
  { path: '/templates', name: 'templates', meta: { nav: 'campaigns', title: 'frame.more.templates' }, component: () => import('./pages/templates/TemplateList.vue') },
  { path: '/templates/new', name: 'template-new', meta: { nav: 'campaigns', title: 'templates.new', needs: 'operator' }, component: () => import('./pages/templates/TemplatePage.vue') },
  { path: '/templates/:template', name: 'template', props: true, meta: { nav: 'campaigns', title: 'frame.more.templates' }, component: () => import('./pages/templates/TemplatePage.vue') },
  { path: '/definitions', redirect: '/definitions/event-types' },
  { path: '/definitions/event-types', name: 'event-types', meta: { nav: 'settings', title: 'frame.more.eventTypes' }, component: () => import('./pages/definitions/EventTypeList.vue') },
  { path: '/definitions/attributes', name: 'attributes', meta: { nav: 'settings', title: 'frame.more.attributes' }, component: () => import('./pages/definitions/AttributeList.vue') },
  { path: '/definitions/segments', name: 'segments', meta: { nav: 'settings', title: 'frame.more.segments' }, component: () => import('./pages/definitions/SegmentList.vue') },
  { path: '/settings/:tab?', name: 'settings', props: true, meta: { nav: 'settings', title: 'frame.nav.settings', stay: true }, component: () => import('./pages/settings/SettingsPage.vue') },
  { path: '/:rest(.*)*', name: 'nowhere', meta: { title: 'frame.notFound' }, component: () => import('./pages/NowherePage.vue') },
]

/** Whether who is signed in may see a page. */
export const mayOpen = (to: string): boolean => {
  const needs = router.resolve(to).meta.needs
  return !needs || useSession().may(needs)
}

/** What tells one page from another: a page whose parameters change is another page, but where it says that it stays. */
export const pageOf = (route: RouteLocationNormalizedLoaded): string => (route.meta.stay ? String(route.name) : route.path)

export const router = createRouter({
  history: createWebHistory(new URL(base).pathname.replace(/\/$/, '')),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

// Everybody else's pages need somebody who is signed in; where they wanted to go is kept.
router.beforeEach(async (to) => {
  if (to.meta.alone) return true
  const session = useSession()
  if (session.who) return true
  try {
    await session.load()
    return true
  } catch {
    return { name: 'signin', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
  }
})

router.afterEach((to) => {
  document.title = to.meta.title ? `${t(to.meta.title)} · Bylaw 群规` : 'Bylaw 群规'
})
