"""Words of the protocols: for a member of a request or an answer, the values that are labels and not text.

The pairs are closed on both sides: the same word in another member, or another word in the same member, is text. A word
that is missing here is searched, which is the safe side.

Source: the literals in the types of openai 3.57, anthropic 2.14 and mcp 2.3, what langchain-core 1.8 names its blocks,
and the types and formats of JSON Schema 2020-12.
"""

from __future__ import annotations

_BY_MEMBER = {
    "action": "auto edit generate removed",
    "allowed_callers": "code_execution_20250825 code_execution_20260120 code_execution_20260521 direct programmatic",
    "background": "auto opaque transparent",
    "button": "back forward left right wheel",
    "category": "bio cyber frontier_llm general_harms reasoning_extraction",
    "completion_window": "2h 8h soonest",
    "complexity": "high low medium",
    "connector_id": """
        connector_dropbox connector_gmail connector_googlecalendar connector_googledrive connector_microsoftteams
        connector_outlookcalendar connector_outlookemail connector_sharepoint
    """,
    "context_compression": "auto disabled enabled",
    "cyber": "daybreak_blue daybreak_red standard",
    "detail": "auto high low original",
    "display": "omitted summarized",
    "effort": "default high low max medium minimal none xhigh",
    "environment": "browser linux mac ubuntu windows",
    "error_type": """
        other potentially_unintended_data_access potentially_unintended_data_transfer
        potentially_unintended_destructive_activity
    """,
    "execution": "client server",
    "file_type": "image pdf text",
    "finish_reason": "content_filter function_call length stop tool_calls",
    "format": """
        aac binary byte date date-time double duration email flac float hostname int32 int64 ipv4 ipv6 m4a mp3 mpeg
        mpga ogg opus pcm16 regex time uri uri-reference uuid wav webm
    """,
    "function_call": "auto none",
    "generate_summary": "auto concise detailed",
    "include": """
        code_interpreter_call.outputs computer_call_output.output.image_url file_search_call.results
        message.input_image.image_url message.output_text.logprobs reasoning.encrypted_content
        web_search_call.action.sources web_search_call.results
    """,
    "input_fidelity": "high low",
    "memory_limit": "16g 1g 4g 64g",
    "modalities": "audio text",
    "mode": "auto block explicit implicit pro required score standard",
    "moderation": "auto low",
    "moderation_stage": "input output unknown",
    "object": "chat.completion chat.completion.chunk conversation list response",
    "output_format": "gif jpeg png svg webp",
    "oversized_image": "downsize error",
    "phase": "commentary final_answer",
    "prompt_cache_retention": "24h in_memory",
    "quality": "auto high low max medium xhigh",
    "ranker": "auto default-2024-11-15",
    "reasoning_effort": "default high low max medium minimal none xhigh",
    "require_approval": "always never",
    "response_inclusion": "excluded full",
    "role": "ai assistant critic developer discriminator function human model system tool unknown user",
    "search_content_types": "image text",
    "search_context_size": "high low medium",
    "service_tier": "auto batch default fast flex priority scale standard standard_only ultrafast",
    "size": "1024x1024 1024x1536 1536x1024 auto",
    "speed": "fast standard",
    "status": """
        calling cancelled completed error failed generating in_progress incomplete interpreting queued searching
        success
    """,
    "stop_reason": """
        endTurn end_turn maxTokens max_tokens model_context_window_exceeded pause_turn refusal stopSequence
        stop_sequence toolUse tool_use
    """,
    "strategy": "auto none",
    "summary": "auto concise detailed",
    "syntax": "lark regex",
    "tool_choice": "auto none required",
    "truncation": "auto disabled",
    "ttl": "12h 1h 30m 5m",
    "type": """
        adaptive additional_tools ai all allowed_tools allowlist and anthropic any apply_patch apply_patch_call
        apply_patch_call_output approximate array assistant audio audio_url auto base64 bash_20250124
        bash_code_execution_output bash_code_execution_result bash_code_execution_tool_result
        bash_code_execution_tool_result_error between_tools boolean browser_state browser_toolset_20260801 cache_hit
        cache_miss char_location citations_delta click code_execution_20250522 code_execution_20250825
        code_execution_20260120 code_execution_20260521 code_execution_output code_execution_result
        code_execution_tool_result code_execution_tool_result_error code_interpreter code_interpreter_call compaction
        compaction_trigger comparison_response_not_found computer computer_call computer_call_output
        computer_screenshot computer_toolset_20260801 computer_use computer_use_preview configuration_update
        container_auto container_file_citation container_reference container_upload content content_block_delta
        content_block_location content_block_start content_block_stop create_file custom custom_tool_call
        custom_tool_call_output delete_file developer direct disabled document double_click download_completed
        download_failed download_started drag enabled encrypted_code_execution_result ephemeral eq error except exec
        exit file file_citation file_path file_search file_search_call find_in_page function function_call
        function_call_output grammar gt gte http_error human id image image_generation image_generation_call image_url
        in inline input_audio input_file input_image input_json_delta input_text integer invalid_tool_call
        item_reference json_object json_schema keypress local local_shell local_shell_call local_shell_call_output
        logs lt lte mcp mcp_approval_request mcp_approval_response mcp_call mcp_list_tools mcp_protocol_error
        mcp_tool_execution_error media memory_20250818 message message_delta message_start message_stop
        messages_changed model_changed moderation_result moderation_results move namespace ne nin non_standard none
        null number object only open_page or output_text page_location previous_message_not_found program
        program_output programmatic_tool_calling reasoning reasoning_text redacted_thinking refusal resource
        resource_link response.audio.delta response.audio.done response.audio.transcript.delta
        response.audio.transcript.done response.code_interpreter_call.completed
        response.code_interpreter_call.in_progress response.code_interpreter_call.interpreting
        response.code_interpreter_call_code.delta response.code_interpreter_call_code.done
        response.compaction.compacting response.completed response.content_part.added response.content_part.done
        response.created response.custom_tool_call_input.delta response.custom_tool_call_input.done response.failed
        response.file_search_call.completed response.file_search_call.in_progress response.file_search_call.searching
        response.function_call_arguments.delta response.function_call_arguments.done
        response.image_generation_call.completed response.image_generation_call.generating
        response.image_generation_call.in_progress response.image_generation_call.partial_image response.in_progress
        response.incomplete response.mcp_call.completed response.mcp_call.failed response.mcp_call.in_progress
        response.mcp_call_arguments.delta response.mcp_call_arguments.done response.mcp_list_tools.completed
        response.mcp_list_tools.failed response.mcp_list_tools.in_progress response.output_item.added
        response.output_item.done response.output_text.annotation.added response.output_text.delta
        response.output_text.done response.queued response.reasoning_summary_part.added
        response.reasoning_summary_part.done response.reasoning_summary_text.delta
        response.reasoning_summary_text.done response.reasoning_text.delta response.reasoning_text.done
        response.refusal.delta response.refusal.done response.shell_call_command.added
        response.shell_call_command.delta response.shell_call_command.done response.shell_call_output_content.delta
        response.shell_call_output_content.done response.web_search_call.completed
        response.web_search_call.in_progress response.web_search_call.searching screenshot scroll search search_result
        search_result_location server_tool_call server_tool_call_chunk server_tool_result server_tool_use shell
        shell_call shell_call_output signature_delta skill_reference string summary_text system system_changed
        tab_opened text text-plain text_delta text_editor_20250124 text_editor_20250429 text_editor_20250728
        text_editor_code_execution_create_result text_editor_code_execution_str_replace_result
        text_editor_code_execution_tool_result text_editor_code_execution_tool_result_error
        text_editor_code_execution_view_result thinking thinking_delta timeout tool tool_call tool_call_chunk
        tool_reference tool_result tool_search tool_search_call tool_search_output tool_search_tool_bm25
        tool_search_tool_bm25_20251119 tool_search_tool_regex tool_search_tool_regex_20251119 tool_search_tool_result
        tool_search_tool_result_error tool_search_tool_search_result tool_use tools_changed type unavailable
        update_file url url_citation user video video_url wait web_fetch_20250910 web_fetch_20260209
        web_fetch_20260309 web_fetch_20260318 web_fetch_result web_fetch_tool_result web_fetch_tool_result_error
        web_search web_search_20250305 web_search_2025_08_26 web_search_20260209 web_search_20260318 web_search_call
        web_search_preview web_search_preview_2025_03_11 web_search_result web_search_result_location
        web_search_tool_result web_search_tool_result_error
    """,
    "verbosity": "high low medium",
    "voice": "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse",
}
WORDS = {member: frozenset(words.split()) for member, words in _BY_MEMBER.items()}
"""Members, and the words that are labels there."""
