//! How the operator travels in a plan. All other operators travel as Ballista has them travel.

use std::sync::Arc;

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use periplus_engine::Work;

use crate::executor::Place;
use crate::journey::JourneyExec;

/// What our operator's bytes begin with. Ballista's are protocol buffers, whose first byte is never this one.
const MARK: &[u8] = b"\xffjourney";

/// Writes and reads plans.
#[derive(Debug, Default)]
pub(crate) struct JourneyCodec {
    place: Option<Arc<Place>>,
    others: BallistaPhysicalExtensionCodec,
}

impl JourneyCodec {
    /// For a process that counts what it reads.
    pub(crate) fn at(place: Arc<Place>) -> JourneyCodec {
        JourneyCodec { place: Some(place), ..JourneyCodec::default() }
    }
}

impl PhysicalExtensionCodec for JourneyCodec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        ctx: &TaskContext,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(bytes) = buf.strip_prefix(MARK) else { return self.others.try_decode(buf, inputs, ctx, proto_converter) };
        let [shares] = inputs else { return Err(DataFusionError::Plan("journeys need their shares".to_owned())) };
        let mut work = Work::from_bytes(bytes).map_err(|error| DataFusionError::External(Box::new(error)))?;
        if let Some(place) = &self.place {
            work.rename_parts(|part| place.parts.file(part));
        }
        Ok(Arc::new(JourneyExec::new(shares.clone(), Arc::new(work), bytes.into(), self.place.clone())))
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let Some(journey) = node.downcast_ref::<JourneyExec>() else { return self.others.try_encode(node, buf, proto_converter) };
        buf.extend_from_slice(MARK);
        buf.extend_from_slice(&journey.bytes);
        Ok(())
    }
}
