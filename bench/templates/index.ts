/** The templates of `init`: what each is for, and which files it brings. */

/** A file of a template: where it stands here, and where it goes. */
export interface TemplateFile {
  readonly from: string;
  readonly to: string;
}

export interface Template {
  /** In a line: the question that its scenario asks. */
  readonly asks: string;
  /** Besides the scenario, which bears the template's name. */
  readonly beside?: readonly TemplateFile[];
}

export const templates = {
  acks: { asks: 'what does each acks level cost, and what does it promise?' },
  throughput: { asks: 'how many messages go through at most?' },
  'latency-sweep': { asks: 'what does latency do as the rate rises?' },
  faults: { asks: 'what is lost, doubled and delayed when a leader dies?' },
  'consumers-rebalance': { asks: 'what does a member that joins or leaves cost the others?' },
  'custom-partitioner': {
    asks: 'what does a partitioner of your own do?',
    beside: [{ from: 'partitioners/hot-key-alone.mjs', to: 'scenarios/partitioners/hot-key-alone.mjs' }],
  },
  'ci-gate': {
    asks: 'did this change make it slower? With a workflow for GitHub',
    beside: [{ from: 'ci-gate.workflow.yml', to: '.github/workflows/kafka-benchmark.yml' }],
  },
} as const satisfies Readonly<Record<string, Template>>;

export type TemplateName = keyof typeof templates;

export const templateNames = Object.keys(templates) as readonly TemplateName[];

/** All files of a template. */
export function filesOf(name: TemplateName): readonly TemplateFile[] {
  const { beside = [] }: Template = templates[name];
  return [{ from: `${name}.yaml`, to: `scenarios/${name}.yaml` }, ...beside];
}
