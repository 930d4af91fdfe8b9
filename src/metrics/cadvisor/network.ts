import type { InterfaceStats } from '../../stats/proc/network.ts'
import type { Exposition, Labels } from '../exposition.ts'

/** Writes one interface's figures; `at` in wall-clock ms. */
export type WriteNetwork = (labels: Labels, stats: InterfaceStats, at: number) => void

/** What an interface has let through. */
export function networkWriters(out: Exposition): readonly WriteNetwork[] {
  const counter = (name: string, help: string, of: keyof Omit<InterfaceStats, 'name'>): WriteNetwork => {
    const add = out.family(name, 'counter', help)
    return (labels, stats, at) => add(labels, stats[of], at)
  }
  return [
    counter('container_network_receive_bytes_total', 'Cumulative count of bytes received', 'rxBytes'),
    counter('container_network_receive_packets_total', 'Cumulative count of packets received', 'rxPackets'),
    counter('container_network_receive_errors_total', 'Cumulative count of errors encountered while receiving', 'rxErrors'),
    counter('container_network_receive_packets_dropped_total', 'Cumulative count of packets dropped while receiving', 'rxDropped'),
    counter('container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted', 'txBytes'),
    counter('container_network_transmit_packets_total', 'Cumulative count of packets transmitted', 'txPackets'),
    counter('container_network_transmit_errors_total', 'Cumulative count of errors encountered while transmitting', 'txErrors'),
    counter('container_network_transmit_packets_dropped_total', 'Cumulative count of packets dropped while transmitting', 'txDropped'),
  ]
}
