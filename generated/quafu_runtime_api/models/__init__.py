"""Contains all the data models used in inputs/outputs"""

from .cancel_success import CancelSuccess
from .cancelled_job import CancelledJob
from .capabilities import Capabilities
from .capabilities_success import CapabilitiesSuccess
from .circuit_record import CircuitRecord
from .delete_job_success import DeleteJobSuccess
from .delete_success import DeleteSuccess
from .deleted_job import DeletedJob
from .failure import Failure
from .inputs_success import InputsSuccess
from .job_exit import JobExit
from .job_info import JobInfo
from .job_info_success import JobInfoSuccess
from .job_inputs import JobInputs
from .job_ledger import JobLedger
from .job_logs import JobLogs
from .job_request import JobRequest
from .job_result import JobResult
from .job_result_result_types import JobResultResultTypes
from .job_state import JobState
from .job_times import JobTimes
from .jobs_page import JobsPage
from .jobs_success import JobsSuccess
from .ledger_success import LedgerSuccess
from .logs_success import LogsSuccess
from .program import Program
from .program_success import ProgramSuccess
from .programs_page import ProgramsPage
from .programs_success import ProgramsSuccess
from .result_success import ResultSuccess
from .run_request import RunRequest
from .run_success import RunSuccess
from .status_success import StatusSuccess
from .submitted_job import SubmittedJob
from .success_envelope import SuccessEnvelope
from .update_request import UpdateRequest
from .upload_request import UploadRequest
from .upload_success import UploadSuccess
from .uploaded import Uploaded
from .versions import Versions

__all__ = (
    "CancelledJob",
    "CancelSuccess",
    "Capabilities",
    "CapabilitiesSuccess",
    "CircuitRecord",
    "DeletedJob",
    "DeleteJobSuccess",
    "DeleteSuccess",
    "Failure",
    "InputsSuccess",
    "JobExit",
    "JobInfo",
    "JobInfoSuccess",
    "JobInputs",
    "JobLedger",
    "JobLogs",
    "JobRequest",
    "JobResult",
    "JobResultResultTypes",
    "JobsPage",
    "JobsSuccess",
    "JobState",
    "JobTimes",
    "LedgerSuccess",
    "LogsSuccess",
    "Program",
    "ProgramsPage",
    "ProgramsSuccess",
    "ProgramSuccess",
    "ResultSuccess",
    "RunRequest",
    "RunSuccess",
    "StatusSuccess",
    "SubmittedJob",
    "SuccessEnvelope",
    "UpdateRequest",
    "Uploaded",
    "UploadRequest",
    "UploadSuccess",
    "Versions",
)
