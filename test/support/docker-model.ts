import type { ServerResponse } from 'node:http'
import { type Asked, aContainerId, answered, type FakeDocker, handOver, outputFrame, Refused } from './fake-docker.ts'

interface Modelled {
  readonly id: string
  readonly name: string
  readonly settings: { readonly Image: string; readonly Labels: Record<string, string>; readonly HostConfig: { readonly NetworkMode?: string } }
  readonly created: number
  status: 'created' | 'running' | 'exited'
  startedAt: number
  finishedAt: number
  exitCode: number
  starts: number
  readonly waiting: ((code: number) => void)[]
}

const stamp = (ms: number) => (ms === 0 ? '0001-01-01T00:00:00Z' : new Date(ms).toISOString())
const image = `sha256:${'1'.repeat(64)}`

/** What dockerd does with containers, in memory: enough of it for an agent to run pods on. */
export class DockerModel {
  readonly containers = new Map<string, Modelled>()
  readonly #streams = new Set<ServerResponse>()
  #made = 0
  #execs = 0

  constructor(daemon: FakeDocker) {
    const at = (path: string) => new RegExp(`^${path}$`)
    const one = (asked: Asked) => this.#find(asked.path.split('/')[2] ?? '')
    daemon
      .on('GET', at('/info'), () => ({ ServerVersion: '20.10.0', CgroupDriver: 'none', CgroupVersion: '1', DockerRootDir: '/nowhere' }))
      .on('GET', at('/version'), () => ({ Arch: 'amd64' }))
      .on('GET', at('/images/json'), () => [{ Id: image }])
      .on('GET', at('/images/.*/json'), () => ({
        Id: image,
        RepoTags: ['app:1'],
        RepoDigests: [],
        Size: 5,
        Created: stamp(1),
        Config: { User: '', Cmd: ['x'] },
      }))
      .on('GET', at('/containers/json'), (asked) => this.#list(asked))
      .on('GET', at('/containers/[^/]+/json'), (asked) => this.#inspect(one(asked)))
      .on('POST', at('/containers/create'), (asked) => this.#create(asked))
      .on('POST', at('/containers/[^/]+/start'), (asked) => this.#start(one(asked)))
      .on('POST', at('/containers/[^/]+/(stop|kill)'), (asked) => this.#end(one(asked), 137))
      .on('POST', at('/containers/[^/]+/wait'), async (asked) => ({ StatusCode: await this.#ended(one(asked)) }))
      .on('POST', at('/containers/[^/]+/update'), () => ({ Warnings: null }))
      .on('DELETE', at('/containers/[^/]+'), (asked) => this.#remove(one(asked)))
      .on('GET', at('/containers/[^/]+/logs'), (asked) => {
        one(asked)
        return 'a line'
      })
      .on('POST', at('/containers/[^/]+/exec'), (asked) => {
        one(asked)
        return { Id: (this.#execs++).toString(16).padStart(64, 'e') }
      })
      .on('POST', at('/exec/.*/start'), (_asked, _response, socket) => {
        handOver(socket).end(outputFrame(1, 'done'))
        return answered
      })
      .on('GET', at('/exec/.*/json'), () => ({ Running: false, ExitCode: 0, Pid: 4_000_000 }))
      .on('GET', at('/events'), (_asked, response) => {
        response.writeHead(200)
        response.flushHeaders()
        this.#streams.add(response)
        response.once('close', () => this.#streams.delete(response))
        return answered
      })
  }

  /** What ran twice at a time, or twice at all: by the names of containers. */
  readonly doubled: string[] = []

  /** The container's process ends by itself. */
  crash(id: string): void {
    const found = this.containers.get(id)
    if (found?.status === 'running') this.#end(found, 1)
  }

  /** Writes to every stream of events. */
  say(line: string | Buffer): void {
    for (const stream of this.#streams) stream.write(line)
  }

  #find(which: string): Modelled {
    const found = this.containers.get(which) ?? [...this.containers.values()].find(({ name }) => name === which)
    if (!found) throw new Refused(404, `No such container: ${which}`)
    return found
  }

  #list({ query }: Asked) {
    const { label: wanted = [] } = JSON.parse(query.get('filters') || '{}') as { label?: string[] }
    const fits = ({ settings: { Labels } }: Modelled) =>
      wanted.every((each) => {
        const [key = '', value] = each.split('=')
        return value === undefined ? key in Labels : Labels[key] === value
      })
    const isAll = query.get('all') === 'true' || query.get('all') === '1'
    return [...this.containers.values()]
      .filter((each) => (isAll || each.status === 'running') && fits(each))
      .map((each) => ({ Id: each.id, Labels: each.settings.Labels, State: each.status, Created: Math.floor(each.created / 1000), ImageID: image }))
  }

  #inspect(each: Modelled) {
    const { id, name, settings, status } = each
    const isRunning = status === 'running'
    return {
      ...{ Id: id, Name: `/${name}`, Image: image, Created: stamp(each.created), LogPath: '' },
      State: {
        ...{ Status: status, Running: isRunning, OOMKilled: false, Pid: isRunning ? 4_000_000 : 0, ExitCode: each.exitCode, Error: '' },
        ...{ StartedAt: stamp(each.startedAt), FinishedAt: stamp(isRunning ? 0 : each.finishedAt) },
      },
      Config: { Labels: settings.Labels, Image: settings.Image, User: '', Tty: false },
      HostConfig: { ...settings.HostConfig, NetworkMode: settings.HostConfig.NetworkMode ?? 'default' },
      NetworkSettings: { Networks: { bridge: { IPAddress: isRunning ? '192.0.2.1' : '', GlobalIPv6Address: '' } } },
    }
  }

  #create({ query, body }: Asked) {
    const name = query.get('name') ?? ''
    if ([...this.containers.values()].some((each) => each.name === name))
      throw new Refused(409, `Conflict. The container name "/${name}" is already in use by container`)
    const id = aContainerId(this.#made++)
    const settings = JSON.parse(body) as Modelled['settings']
    const made: Modelled = { id, name, settings, created: Date.now(), status: 'created', startedAt: 0, finishedAt: 0, exitCode: 0, starts: 0, waiting: [] }
    this.containers.set(id, made)
    this.#tell('create', made)
    return { Id: id, Warnings: [] }
  }

  #start(each: Modelled): undefined {
    if (each.status === 'running') throw new Refused(304, '')
    const sandbox = /^container:(.+)$/.exec(each.settings.HostConfig.NetworkMode ?? '')?.[1]
    if (sandbox !== undefined && this.containers.get(sandbox)?.status !== 'running') throw new Refused(409, 'cannot join network of a non running container')
    const key = ({ name }: Modelled) => name.replace(/_\d+$/, '')
    for (const other of this.containers.values())
      if (other.status === 'running' && key(other) === key(each)) this.doubled.push(`${each.name} beside ${other.name}`)
    if (each.starts > 0) this.doubled.push(`${each.name} again`)
    Object.assign(each, { status: 'running', startedAt: Date.now(), starts: each.starts + 1 })
    this.#tell('start', each)
  }

  #end(each: Modelled, exitCode: number): undefined {
    if (each.status !== 'running') throw new Refused(304, '')
    Object.assign(each, { status: 'exited', finishedAt: Date.now(), exitCode })
    for (const resolve of each.waiting.splice(0)) resolve(exitCode)
    this.#tell('die', each)
  }

  #ended(each: Modelled): number | Promise<number> {
    return each.status === 'exited' ? each.exitCode : new Promise((resolve) => each.waiting.push(resolve))
  }

  #remove(each: Modelled): undefined {
    if (each.status === 'running') this.#end(each, 137)
    this.containers.delete(each.id)
    this.#tell('destroy', each)
  }

  #tell(action: string, { id, settings }: Modelled): void {
    this.say(`${JSON.stringify({ Action: action, Actor: { ID: id, Attributes: settings.Labels }, timeNano: Date.now() * 1e6 })}\n`)
  }
}
