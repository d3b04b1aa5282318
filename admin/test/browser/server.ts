import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const binary = process.env.BYLAW_TEST_BINARY ?? ''
const run = promisify(execFile)

/** A real server with a data folder of its own, and a database of its own on the engine of the run. */
export class Server {
  private process?: ChildProcess
  private readonly home = mkdtempSync(join(tmpdir(), 'bylaw-console-'))
  private readonly folder = join(this.home, 'data-demo')
  private said = ''
  url = ''

  constructor(
    private flags: string[] = [],
    private readonly database = new Database(process.env.BYLAW_TEST_ENGINE),
  ) {
    if (!binary) throw new Error('BYLAW_TEST_BINARY names no built server: go build -o /tmp/bylaw ../server')
  }

  /** Starts it and waits until it is ready; answers the set-up link, '' when there is an owner. */
  async start(base = ''): Promise<string> {
    const port = this.url ? Number(new URL(this.url).port) : await freePort()
    this.url = `http://127.0.0.1:${port}${base}`
    this.said = ''
    await this.database.create()
    if (this.flags.includes('--demo') && this.database.flags.length > 0) await this.restoreDemo()
    const args = [...this.where(), '--listen', `127.0.0.1:${port}`, ...(base ? ['--base-path', base] : []), ...this.flags]
    this.process = spawn(binary, args, { env: this.env(), stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) stream?.on('data', (piece: Buffer) => (this.said += piece.toString()))
    await until(`the server is ready; it said:\n${this.said}`, async () => {
      if (this.process?.exitCode !== null) throw new Error(`the server ended:\n${this.said}`)
      return (await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok ?? false
    }, 90_000)
    return this.link()
  }

  /** The sample community is made on SQLite alone: elsewhere it is one of those, from its backup. */
  private async restoreDemo(): Promise<void> {
    const sample = new Server(this.flags, new Database('sqlite'))
    try {
      await sample.start()
      await until('the sample community is whole', () => sample.link() !== '', 120_000)
      await sample.kill()
      const file = join(this.home, 'backup')
      await run(binary, ['backup', file, '--data-dir', sample.folder], { env: this.env() })
      await run(binary, ['restore', file, ...this.where()], { env: this.env() })
      this.flags = this.flags.filter((flag) => flag !== '--demo')
    } finally {
      await sample.stop()
    }
  }

  /** Makes a token of the default workspace beside the running server, as its administrator would. */
  async token(role: string): Promise<string> {
    const { stdout } = await run(binary, ['token', 'create', ...this.where(), '--workspace', 'default', '--role', role], { env: this.env() })
    return stdout.trim()
  }

  private where(): string[] {
    return ['--data-dir', this.folder, ...this.database.flags]
  }

  private env(): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: this.home }
  }

  /** The set-up link that it printed, '' as long as it printed none. */
  link(): string {
    return /http\S*\/setup#\S+/.exec(this.said)?.[0] ?? ''
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const process = this.process
    if (!process || process.exitCode !== null || process.signalCode !== null) return
    const ended = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGKILL')
    await ended
  }

  async stop(): Promise<void> {
    await this.kill()
    await this.database.drop()
    rmSync(this.home, { recursive: true, force: true })
  }
}

/**
 * The database of a server. BYLAW_TEST_ENGINE=mariadb makes one with a name of its own on the server that
 * BYLAW_TEST_MARIADB names; else it is SQLite in the server's data folder and there is nothing to make.
 */
class Database {
  private readonly address?: URL
  private made = false

  constructor(engine = 'sqlite') {
    if (engine !== 'mariadb') return
    if (!process.env.BYLAW_TEST_MARIADB) throw new Error('BYLAW_TEST_MARIADB names no server: bash .ci/databases prints one')
    this.address = new URL(`bylaw_console_${randomBytes(6).toString('hex')}`, process.env.BYLAW_TEST_MARIADB)
  }

  get flags(): string[] {
    return this.address ? ['--database', this.address.href] : []
  }

  async create(): Promise<void> {
    if (!this.made) await this.ask('CREATE DATABASE', 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
    this.made = true
  }

  async drop(): Promise<void> {
    if (this.made) await this.ask('DROP DATABASE')
  }

  private async ask(what: string, how = ''): Promise<void> {
    if (!this.address) return
    const { hostname, port, username, password, pathname } = this.address
    await run('mariadb', ['--no-defaults', '--host', hostname, '--port', port, '--user', username, '-e', `${what} ${pathname.slice(1)} ${how}`], { env: { ...process.env, MYSQL_PWD: decodeURIComponent(password) } })
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer()
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address()
      listener.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, most = 20_000): Promise<void> {
  for (const end = Date.now() + most; !(await holds()); await new Promise((go) => setTimeout(go, 50))) {
    if (Date.now() > end) throw new Error(`waited ${most} ms in vain until ${what}`)
  }
}
