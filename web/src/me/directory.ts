// Names that everybody may know: flows, services, the site's zone. Read once after log-in.

import { defineStore } from "pinia";
import { ref } from "vue";
import { get } from "@/api/http";
import { setSiteOffset } from "@/look/format";

export interface Service {
  pattern: string;
  name: string;
}

export interface QueueName {
  id: number;
  name: string;
  wrap_up_codes: string[];
}

interface Said {
  queues: QueueName[];
  services: Service[];
  flows: { id: number; name: string }[];
  utc_offset_minutes: number;
}

export const useDirectory = defineStore("directory", () => {
  const services = ref<Service[]>([]);
  const flows = ref(new Map<number, string>());
  const queues = ref(new Map<number, QueueName>());

  async function load(): Promise<void> {
    try {
      const said = await get<Said>("/directory");
      services.value = said.services;
      flows.value = new Map(said.flows.map((flow) => [flow.id, flow.name]));
      queues.value = new Map(said.queues.map((queue) => [queue.id, queue]));
      setSiteOffset(said.utc_offset_minutes);
    } catch {
      // Without it numbers stand for names and the PC's zone for the site's.
    }
  }

  return { services, flows, queues, load };
});
