import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run, type SpawnResult, spawnAndWait } from '../../src/base/spawn.ts'

const root = resolve(import.meta.dirname, '../..')
/** The runtime of these tests is what a project's scripts find, whatever the machine has. */
const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

/**
 * A project of somebody else's, far from this tree, in which `npm install podsteward` has just been done: the package as `npm pack` makes it, and
 * the packages that it depends on, but none of those that only this tree has. Copied, since no registry is asked.
 */
export class OutsideProject implements AsyncDisposable {
  readonly directory: string

  private constructor(directory: string) {
    this.directory = directory
  }

  static async make(): Promise<OutsideProject> {
    const project = new OutsideProject(await mkdtemp(join(tmpdir(), 'podsteward-outside-')))
    try {
      await project.#install()
      return project
    } catch (error) {
      await project[Symbol.asyncDispose]()
      throw error
    }
  }

  async #install(): Promise<void> {
    const { directory } = this
    const environment = { PATH: path, HOME: directory }
    await run('npm', ['pack', '--silent', '--pack-destination', directory, root], { env: environment })
    const own = join(directory, 'node_modules/podsteward')
    await mkdir(own, { recursive: true })
    const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { name: string; version: string }
    await run('tar', ['-xzf', join(directory, `${name}-${version}.tgz`), '-C', own, '--strip-components=1'])
    for (const each of await packagesOfUsers()) await cp(join(root, each), join(directory, each), { recursive: true, verbatimSymlinks: true })
    await this.write('package.json', JSON.stringify({ name: 'outside', private: true, type: 'module' }))
  }

  /** Lets the project's own code import a package that it would have as a development dependency of its own. */
  async link(packageName: string): Promise<void> {
    await symlink(join(root, 'node_modules', packageName), join(this.directory, 'node_modules', packageName))
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.directory, file)), { recursive: true })
    await writeFile(join(this.directory, file), text)
  }

  /** Runs node in the project. A first argument that begins with `node_modules/` is a program of this tree, such as a test runner. */
  node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<SpawnResult> {
    const [first = '', ...rest] = args
    const program = first.startsWith('node_modules/') ? join(root, first) : first
    return spawnAndWait('env', ['-C', this.directory, process.execPath, program, ...rest], {
      env: { PATH: path, HOME: this.directory, ...env },
      timeoutMs: 150_000,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
  }
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>
}

/** Directories of the packages that come with this one; those inside another come with that. */
async function packagesOfUsers(): Promise<readonly string[]> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages)
    .filter(([where, { dev, optional }]) => !dev && !optional && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(where))
    .map(([where]) => where)
}
