import type { Exposition } from '../exposition.ts'
import type { NodeSnapshot } from '../snapshot.ts'

/** What the machine is built of. */
export function writeMachine(out: Exposition, { machine, host }: NodeSnapshot): void {
  const labels = { boot_id: machine.bootId, machine_id: machine.machineId, system_uuid: machine.systemUuid }
  const gauge = (name: string, help: string, value: number | undefined) => out.family(name, 'gauge', help)(labels, value)
  gauge('machine_cpu_cores', 'Number of logical CPU cores.', machine.cores)
  // Where /proc/cpuinfo does not tell, cAdvisor's word is not known.
  gauge('machine_cpu_physical_cores', 'Number of physical CPU cores.', host.physicalCores || undefined)
  gauge('machine_cpu_sockets', 'Number of CPU sockets.', host.sockets || undefined)
  gauge('machine_memory_bytes', 'Amount of memory installed on the machine.', machine.memoryBytes)
  gauge('machine_swap_bytes', 'Amount of swap memory available on the machine.', machine.swapBytes)
  out.family('machine_scrape_error', 'gauge', '1 if there was an error while getting machine metrics, 0 otherwise.')({}, 0)
}
