# frozen_string_literal: true

# YAML by the rules of the gem safe_yaml 1.0.5 with the options that Jekyll leaves it, written anew
# for the tests: the gem itself is no package of Debian's any more.

require "base64"
require "date"
require "psych"
require "time"

module GemYaml
  def self.load(text)
    events = Events.new
    catch(:document) do
      Psych::Parser.new(events).parse(text)
      return false
    end
    events.root
  end

  # What a scalar without quotes means.
  module Scalar
    WORDS = {
      "" => nil, "~" => nil, "null" => nil,
      "yes" => true, "on" => true, "true" => true,
      "no" => false, "off" => false, "false" => false
    }.freeze
    SPECIAL = {
      ".inf" => Float::INFINITY, ".Inf" => Float::INFINITY, ".INF" => Float::INFINITY,
      "-.inf" => -Float::INFINITY, "-.Inf" => -Float::INFINITY, "-.INF" => -Float::INFINITY,
      ".nan" => Float::NAN, ".NaN" => Float::NAN, ".NAN" => Float::NAN
    }.freeze

    module_function

    def value(text)
      figures = text.delete("_,")
      case figures
      when /\A[-+]?(0|[1-9]\d*)\z/, /\A0[0-7]+\z/, /\A0b[01]+\z/, /\A0x\h+\z/i, /\A[-+]?0x\h+\z/
        return Integer(figures)
      when /\A[-+]?\d+(:[0-5]?\d)+\z/ then return sexagesimal(figures)
      end
      float(text) { other(text) }
    end

    def float(text)
      case text
      when *SPECIAL.keys then SPECIAL[text]
      when /\A[-+]?(\d[\d_]*)?\.[\d_]+([eE][-+]\d+)?\z/ then Float(text)
      when /\A[-+]?\d[\d_]*(:[0-5]?\d)+\.[\d_]*\z/ then sexagesimal(text)
      else yield
      end
    end

    def sexagesimal(text)
      whole, fraction = text.split(".")
      sum = whole.split(":").map { |part| Float(part) }.reduce { |all, part| all * 60 + part }
      sum += Float("0.#{fraction}") if fraction
      text.start_with?("-") ? -sum : sum
    end

    def other(text)
      return WORDS[text.downcase] if WORDS.key?(text.downcase)

      case text
      when /\A\d{4}-\d\d-\d\d\z/ then Date.parse(text)
      when /\A\d{4}-\d\d?-\d\d?([Tt]|\s+)\d\d?:\d\d:\d\d(\.\d*)?\s*(Z|[-+]\d\d?(:?\d\d)?)?\z/
        DateTime.parse(text).to_time
      else text
      end
    rescue ArgumentError
      text
    end
  end

  # Puts values together in the order of the events.
  class Events < Psych::Handler
    attr_reader :root

    def initialize
      super
      @open = []
      @anchors = {}
      @key = nil
    end

    def scalar(text, anchor, tag, _plain, quoted, _style)
      value =
        if ["!binary", "x-private:binary", "tag:yaml.org,2002:binary"].include?(tag)
          Base64.decode64(text).force_encoding(Encoding::UTF_8)
        else
          quoted ? text : Scalar.value(text)
        end
      add(value, anchor)
    end

    # An alias to no anchor is nil, and one to a text in quotes is read as if it had none.
    def alias(anchor)
      value = @anchors[anchor]
      add(value.is_a?(String) ? Scalar.value(value) : value, nil)
    end

    def start_mapping(anchor, *) = open({}, anchor)

    def start_sequence(anchor, *) = open([], anchor)

    def end_mapping = @open.pop

    def end_sequence = @open.pop

    def end_document(_implicit) = throw(:document)

    private

    def open(value, anchor)
      add(value, anchor)
      @open.push(value)
    end

    def add(value, anchor)
      @anchors[anchor] = value if anchor
      case @open.last
      when nil then @root = value
      when Array then @open.last << value
      else add_to_mapping(@open.last, value)
      end
    end

    # A key that is nil counts as none yet: the value after it becomes the key.
    def add_to_mapping(mapping, value)
      return @key = value if @key.nil?

      @key == "<<" ? mapping.merge!(value) : mapping[@key] = value
      @key = nil
    end
  end
end
