import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense } from "react";
import { useRoute } from "../shell/route";
import { closeEvidence } from "./cite";
import type { Case } from "../evidence/viewOf";

const EvidenceContent = lazy(() => import("./EvidenceContent"));

/** The evidence that the address names, over the page. */
export function EvidencePanel({ incident }: { incident: Case }) {
  const { query } = useRoute();
  const id = query.get("evidence") ?? "";
  const at = query.get("at") ?? undefined;
  const quote = query.get("quote") ?? undefined;
  const known = /^EV-[0-9A-F]{8}$/.test(id);
  return (
    <Modal
      visible={known}
      size="max"
      header={`Evidence ${id}`}
      closeAriaLabel="Close the evidence"
      onDismiss={closeEvidence}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={closeEvidence}>
            Close
          </Button>
        </Box>
      }
    >
      {known ? (
        <Suspense fallback={<Spinner size="large" />}>
          <EvidenceContent key={id} incident={incident} evidenceId={id} at={at} quote={quote} />
        </Suspense>
      ) : null}
    </Modal>
  );
}
