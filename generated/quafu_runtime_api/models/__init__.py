"""Contains all the data models used in inputs/outputs"""

from .cancel_success import CancelSuccess
from .cancelled_job import CancelledJob
from .capabilities import Capabilities
from .capabilities_success import CapabilitiesSuccess
from .delete_job_success import DeleteJobSuccess
from .delete_success import DeleteSuccess
from .deleted_job import DeletedJob
from .failure import Failure
from .job_info import JobInfo
from .job_info_success import JobInfoSuccess
from .job_logs import JobLogs
from .job_request import JobRequest
from .job_result import JobResult
from .job_result_result_types import JobResultResultTypes
from .job_state import JobState
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
    "DeletedJob",
    "DeleteJobSuccess",
    "DeleteSuccess",
    "Failure",
    "JobInfo",
    "JobInfoSuccess",
    "JobLogs",
    "JobRequest",
    "JobResult",
    "JobResultResultTypes",
    "JobState",
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
