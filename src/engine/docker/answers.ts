import { isIP } from 'node:net'
import { z } from 'zod'

/*
 * What the adapter reads of Docker's answers (API 1.41). All that comes from the daemon is checked against these, once, where it comes in;
 * what is not named here is not looked at. An answer that does not fit fails its call.
 */

/** Ids become parts of paths, of requests and of files: nothing else than letters and digits is one. */
const containerId = z.string().regex(/^[A-Za-z0-9]{1,128}$/)
const imageId = z.string().regex(/^(?:[a-z0-9]{1,16}:)?[A-Za-z0-9]{1,128}$/)
const count = z.number().int().min(0)
const int32 = z
  .number()
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1)
const texts = z.record(z.string(), z.string())
const nothing = Object.freeze<Record<string, string>>({})
/** Go writes null for a map or a list that is empty. */
const labels = texts.nullish().transform((value) => value ?? nothing)
const list = <Item extends z.ZodType>(item: Item) => z.array(item).nullish()
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const address = text.transform((value) => (isIP(value) === 0 ? '' : value))
const amount = z.number().nullish()

/** A row of `GET /containers/json`. */
const containerRow = z.object({ Id: containerId, Labels: labels, State: text, Created: z.number(), ImageID: text })
export type ContainerRow = z.infer<typeof containerRow>

const containerDetails = z.object({
  Id: containerId,
  Name: z.string(),
  Image: imageId,
  Created: z.string(),
  LogPath: text,
  State: z.object({
    Status: text,
    Running: z.boolean(),
    Paused: z.boolean().nullish(),
    Restarting: z.boolean().nullish(),
    OOMKilled: z.boolean(),
    Pid: count.max(2 ** 31 - 1),
    ExitCode: int32,
    Error: text,
    StartedAt: text,
    FinishedAt: text,
  }),
  Config: z.object({ Labels: labels, Image: text, User: text, Tty: z.boolean().nullish() }),
  HostConfig: z.object({
    NetworkMode: text,
    LogConfig: z.object({ Type: text }).nullish(),
    Mounts: list(
      z.object({
        Source: text,
        Target: z.string(),
        ReadOnly: z.boolean().nullish(),
        BindOptions: z.object({ Propagation: text }).nullish(),
      }),
    ),
    Binds: list(z.string()),
    GroupAdd: list(z.string()),
    CpuShares: amount,
    CpuQuota: amount,
    CpuPeriod: amount,
    Memory: amount,
    OomScoreAdj: amount,
    PidsLimit: amount,
  }),
  NetworkSettings: z
    .object({
      Networks: z.record(z.string(), z.object({ IPAddress: address, GlobalIPv6Address: address }).nullish()).nullish(),
    })
    .nullish(),
  GraphDriver: z.object({ Data: texts.nullish() }).nullish(),
})
/** `GET /containers/{id}/json`. */
export type ContainerDetails = z.infer<typeof containerDetails>

/** `GET /exec/{id}/json`. `Pid` is 0 for a command that never ran. */
const execDetails = z.object({ Running: z.boolean(), ExitCode: int32.nullable(), Pid: count.nullish().transform((pid) => pid ?? 0) })
export type ExecDetails = z.infer<typeof execDetails>

const words = z
  .union([z.string(), z.array(z.string())])
  .nullish()
  .transform((value) => [value ?? []].flat())

/** `GET /images/{name}/json`. */
const imageDetails = z.object({
  Id: imageId,
  RepoTags: list(z.string()),
  RepoDigests: list(z.string()),
  Size: count,
  Created: text,
  Config: z.object({ User: text, Entrypoint: words, Cmd: words, WorkingDir: text }).nullish(),
})

export const answers = {
  containerRows: z.array(containerRow),
  containerDetails,
  containerCreated: z.object({ Id: containerId }),
  /** `POST /containers/{id}/wait`. */
  containerEnded: z.object({ StatusCode: int32 }),
  execCreated: z.object({ Id: containerId }),
  execDetails,
  imageRows: z.array(z.object({ Id: imageId })),
  imageDetails,
  /** `GET /info`. */
  info: z.object({ ServerVersion: z.string(), CgroupDriver: text, CgroupVersion: text, DockerRootDir: z.string().startsWith('/') }),
  version: z.object({ Arch: z.string() }),
  /** Whatever it says: it went well. */
  nothing: z.unknown(),
} as const

/** A line of `GET /events`. */
export const eventLine = z.object({
  Action: z.string(),
  Actor: z.object({ ID: containerId, Attributes: labels }),
  timeNano: z.number().min(0),
})
export type DockerEvent = z.infer<typeof eventLine>
