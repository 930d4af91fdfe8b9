import { spawn } from 'node:child_process'

export interface KubectlResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The system's kubectl bound to one kubeconfig. `run` never throws; `ok` fails with what kubectl said. */
export class Kubectl {
  readonly #kubeconfig: string

  constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig
  }

  run(args: readonly string[], options: { stdin?: string; env?: Record<string, string> } = {}): Promise<KubectlResult> {
    return new Promise((resolve, reject) => {
      const child = spawn('kubectl', ['--kubeconfig', this.#kubeconfig, ...args], { env: { ...process.env, ...options.env } })
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk
      })
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        stderr += chunk
      })
      child.once('error', reject)
      child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
      // One that does not read its input may have ended by now.
      child.stdin.on('error', () => {})
      child.stdin.end(options.stdin ?? '')
    })
  }

  async ok(args: readonly string[], options: { stdin?: string; env?: Record<string, string> } = {}): Promise<string> {
    const result = await this.run(args, options)
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit ${result.code}: ${result.stderr}`)
    return result.stdout
  }

  apply(manifest: string): Promise<string> {
    return this.ok(['apply', '-f', '-'], { stdin: manifest })
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok([...args, '-o', 'json'])) as T
  }
}
