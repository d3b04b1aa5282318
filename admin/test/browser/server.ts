import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binary = process.env.BYLAW_TEST_BINARY ?? ''

/** A real server with a data folder of its own. */
export class Server {
  private process?: ChildProcess
  private readonly folder = mkdtempSync(join(tmpdir(), 'bylaw-console-'))
  private said = ''
  url = ''

  constructor(private readonly flags: string[] = []) {
    if (!binary) throw new Error('BYLAW_TEST_BINARY names no built server: go build -o /tmp/bylaw ../server')
  }

  /** Starts it and waits until it is ready; answers the set-up link, '' when there is an owner. */
  async start(base = ''): Promise<string> {
    const port = this.url ? Number(new URL(this.url).port) : await freePort()
    this.url = `http://127.0.0.1:${port}${base}`
    this.said = ''
    const args = ['--data-dir', this.folder, '--listen', `127.0.0.1:${port}`, ...(base ? ['--base-path', base] : []), ...this.flags]
    this.process = spawn(binary, args, { env: { PATH: process.env.PATH, HOME: this.folder }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) stream?.on('data', (piece: Buffer) => (this.said += piece.toString()))
    await until(`the server is ready; it said:\n${this.said}`, async () => {
      if (this.process?.exitCode !== null) throw new Error(`the server ended:\n${this.said}`)
      return (await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok ?? false
    }, 90_000)
    return this.link()
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
    rmSync(this.folder, { recursive: true, force: true })
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
