export { CALL_FAILED, CallFault, faultOf } from '../../protocol/amf/call-fault.ts';
