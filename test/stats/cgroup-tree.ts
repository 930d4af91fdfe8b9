import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

/** Files by relative path, on disk for one test. */
export async function treeOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'psd-stats-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

/** A container's files in a v1 tree where cpu and cpuacct share a directory, as Docker on Debian 10 has it. */
export function v1Container(path: string): Record<string, string> {
  return {
    [`cpu,cpuacct${path}/cpuacct.usage`]: '123456789\n',
    [`cpu,cpuacct${path}/cpuacct.stat`]: 'user 7\nsystem 5\n',
    [`cpu,cpuacct${path}/cpu.stat`]: 'nr_periods 10\nnr_throttled 3\nthrottled_time 4000000\n',
    [`memory${path}/memory.usage_in_bytes`]: '10485760\n',
    [`memory${path}/memory.limit_in_bytes`]: '9223372036854771712\n',
    [`memory${path}/memory.max_usage_in_bytes`]: '12582912\n',
    [`memory${path}/memory.kmem.usage_in_bytes`]: '65536\n',
    [`memory${path}/memory.failcnt`]: '2\n',
    [`memory${path}/memory.oom_control`]: 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
    [`memory${path}/memory.stat`]:
      'cache 1\nrss 2\ninactive_file 3\ntotal_cache 4194304\ntotal_rss 6291456\ntotal_mapped_file 4096\ntotal_swap 0\ntotal_pgfault 100\ntotal_pgmajfault 4\ntotal_inactive_file 1048576\n',
    [`blkio${path}/blkio.throttle.io_service_bytes_recursive`]: '8:0 Read 4096\n8:0 Write 8192\n8:0 Total 12288\n8:16 Read 1\n8:16 Write 2\nTotal 12291\n',
    [`blkio${path}/blkio.throttle.io_serviced_recursive`]: '8:0 Read 1\n8:0 Write 2\nTotal 3\n',
    [`pids${path}/pids.current`]: '5\n',
    [`pids${path}/pids.max`]: 'max\n',
    [`pids${path}/cgroup.procs`]: '11\n12\n',
  }
}

export function v2Container(path: string): Record<string, string> {
  return {
    'cgroup.controllers': 'cpu io memory pids\n',
    [`${path}/cpu.stat`]: 'usage_usec 123456\nuser_usec 70000\nsystem_usec 53456\nnr_periods 10\nnr_throttled 3\nthrottled_usec 4000\n',
    [`${path}/memory.current`]: '10485760\n',
    [`${path}/memory.peak`]: '12582912\n',
    [`${path}/memory.max`]: '20971520\n',
    [`${path}/memory.swap.current`]: '4096\n',
    [`${path}/memory.events`]: 'low 0\nhigh 0\nmax 2\noom 1\noom_kill 1\n',
    [`${path}/memory.stat`]: 'anon 6291456\nfile 4194304\nkernel 65536\nfile_mapped 4096\ninactive_anon 9\ninactive_file 1048576\npgfault 100\npgmajfault 4\n',
    [`${path}/io.stat`]: '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=0 wios=0 dbytes=0 dios=0\n',
    [`${path}/pids.current`]: '5\n',
    [`${path}/pids.max`]: '100\n',
    [`${path}/cgroup.procs`]: '11\n12\n13\n',
    [`${path}/memory.pressure`]: 'some avg10=1.50 avg60=0.20 avg300=0.03 total=99\nfull avg10=0.50 avg60=0.10 avg300=0.00 total=44\n',
  }
}
