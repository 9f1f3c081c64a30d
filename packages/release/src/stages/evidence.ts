import type { Descriptor, Repository, StoredImage } from "@seaworthy/oci";
import { type Progress, type StepResult, step } from "@seaworthy/builder";
import pLimit from "p-limit";
import { type Examined, examineOne } from "../examine/examine.ts";
import type { Examination, ExaminedSubject } from "../examine/examination.ts";
import type { ReleaseRequest, ReleaseTools } from "../request.ts";
import { passedOver } from "./verify.ts";

/** All examinations of all platforms, side by side; what is known under the same key is not asked again. */
export async function evidenceStage(
  index: Descriptor,
  images: readonly StoredImage[],
  { name, examinations }: ReleaseRequest,
  tools: ReleaseTools,
  { local, progress }: { readonly local: Repository; readonly progress: Progress },
): Promise<StepResult<readonly Examined[]>> {
  const { layout: store, attach, parallel, signal } = tools;
  const limit = pLimit(parallel);
  const examine = { name, local, attach, onProblem: passedOver(progress), signal };
  const value = await Promise.all(
    examinations.flatMap((examination) =>
      subjectsFor(examination, index, images).map((target) =>
        limit(() => shown(examination, { ...target, store }, { examine, progress })),
      ),
    ),
  );
  const fresh = value.filter(({ cached }) => !cached).length;
  if (fresh === 0) return { value, status: "cached", note: "known for these digests" };
  return { value, note: `${value.reduce((sum, { filed }) => sum + filed.length, 0)} statements` };
}

function subjectsFor(
  { about }: Examination,
  index: Descriptor,
  images: readonly StoredImage[],
): readonly Omit<ExaminedSubject, "store">[] {
  return [
    ...(about === "platforms" ? [] : [{ target: index }]),
    ...(about === "index" ? [] : images.map((image) => ({ target: image.manifest, image }))),
  ];
}

function shown(
  examination: Examination,
  subject: ExaminedSubject,
  { examine, progress }: { readonly examine: Parameters<typeof examineOne>[2]; readonly progress: Progress },
): Promise<Examined> {
  const name = `[${subject.image?.platform ?? "index"}] ${examination.name}`;
  return step(
    progress,
    { id: name, name },
    async () => {
      const value = await examineOne(examination, subject, examine);
      return { value, ...(value.cached ? { status: "cached" as const } : {}) };
    },
    examine.signal,
  );
}
